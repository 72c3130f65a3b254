"""The *huella* (hash) of VERI*FACTU records.

AEAT, «Especificaciones técnicas para la generación de la huella», v0.1.2 (27-08-2024): SHA-256
of the UTF-8 text ``name=value&name=value…`` in a fixed order, written as 64 upper-case
hexadecimal digits. Values lose the blanks at both ends (inner ones stay) and are not
URL-encoded; an absent value keeps its ``name=``.
"""

from collections.abc import Mapping
from hashlib import sha256

ALTA_FIELDS = (
    "IDEmisorFactura",
    "NumSerieFactura",
    "FechaExpedicionFactura",
    "TipoFactura",
    "CuotaTotal",
    "ImporteTotal",
    "Huella",
    "FechaHoraHusoGenRegistro",
)
ANULACION_FIELDS = (
    "IDEmisorFacturaAnulada",
    "NumSerieFacturaAnulada",
    "FechaExpedicionFacturaAnulada",
    "Huella",
    "FechaHoraHusoGenRegistro",
)


def digest(cadena: str) -> str:
    """SHA-256 of the text in UTF-8, 64 upper-case hexadecimal digits."""
    return sha256(cadena.encode()).hexdigest().upper()


def huella_alta(fields: Mapping[str, str]) -> tuple[str, str]:
    """(*cadena*, *huella*) of an alta; ``Huella`` in ``fields`` is the previous record's."""
    return _of(fields, ALTA_FIELDS)


def huella_anulacion(fields: Mapping[str, str]) -> tuple[str, str]:
    """(*cadena*, *huella*) of an anulación; ``Huella`` in ``fields`` is the previous record's."""
    return _of(fields, ANULACION_FIELDS)


def huella_evento(fields: Mapping[str, str], *, producer_nif: str) -> tuple[str, str]:
    """(*cadena*, *huella*) of an event record of a non-verifiable system.

    ``NIF`` is written twice: first the producer's (``producer_nif``), then the taxpayer's
    (``fields["NIF"]``).
    """

    def pair(name: str) -> str:
        return f"{name}={(fields.get(name) or '').strip()}"

    names = ("ID", "IdSistemaInformatico", "Version", "NumeroInstalacion", "NIF")
    tail = ("TipoEvento", "HuellaEvento", "FechaHoraHusoGenEvento")
    parts = [f"NIF={producer_nif.strip()}", *map(pair, names), *map(pair, tail)]
    cadena = "&".join(parts)
    return cadena, digest(cadena)


def _of(fields: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    cadena = "&".join([f"{name}={(fields.get(name) or '').strip()}" for name in names])
    return cadena, digest(cadena)
