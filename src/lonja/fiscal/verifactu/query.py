"""Asking the agency what it keeps (ConsultaFactuSistemaFacturacion)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .records import day
from .schema import SF, SOAP
from .xml import exact, text

LRC = SF.replace("SuministroInformacion.xsd", "ConsultaLR.xsd")


def query_envelope(
    name: str, nif: str, on: date, number: str = "", after: Sequence[str] = ()
) -> bytes:
    """The SOAP message that asks for the records of a taxpayer in the month of `on`, or for one
    invoice of it when `number` is given.

    An answer holds 10,000 records at most: `after` is the ClavePaginacion (NIF, number and date) of
    the answer before, and asks for what follows it.
    """
    key = ""
    if after:
        names = ("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura")
        cells = (
            f'<{name} xmlns="{SF}">{exact(value, name)}</{name}>'
            for name, value in zip(names, after, strict=True)
        )
        key = f"<ClavePaginacion>{''.join(cells)}</ClavePaginacion>"
    which = f"<NumSerieFactura>{exact(number, 'NumSerieFactura')}</NumSerieFactura>"
    which += (
        "<FechaExpedicionFactura>"
        f'<FechaExpedicionFactura xmlns="{SF}">{day(on)}</FechaExpedicionFactura>'
        "</FechaExpedicionFactura>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}">'
        f'<soapenv:Header/><soapenv:Body><ConsultaFactuSistemaFacturacion xmlns="{LRC}">'
        f'<Cabecera><IDVersion xmlns="{SF}">1.0</IDVersion><ObligadoEmision xmlns="{SF}">'
        f"<NombreRazon>{text(name)}</NombreRazon><NIF>{exact(nif, 'NIF')}</NIF></ObligadoEmision>"
        f'</Cabecera><FiltroConsulta><PeriodoImputacion><Ejercicio xmlns="{SF}">{on.year}'
        f'</Ejercicio><Periodo xmlns="{SF}">{on.month:02d}</Periodo></PeriodoImputacion>'
        f"{which if number else ''}{key}</FiltroConsulta></ConsultaFactuSistemaFacturacion>"
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()
