"""Records of the tests: the sample chain and the golden invoices as our own values."""

import json
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from lonja.fiscal.verifactu.records import (
    Alta,
    Anulacion,
    Breakdown,
    ForeignId,
    InvoiceId,
    Previous,
    Recipient,
    Replaced,
    System,
)

DATA = Path(__file__).with_name("data")
VECTORS = json.loads((DATA / "vectors.json").read_text("utf-8"))
GOLDEN = json.loads((DATA / "golden-invoices.json").read_text("utf-8"))["casos"]
SAMPLE_CHAIN = (DATA / "envio-cadena-seis-registros.xml").read_bytes()

MADRID = ZoneInfo("Europe/Madrid")
NIF = "89890001K"
NAME = "CERTIFICADO UNO TELEMATICAS"
SYSTEM = System(
    "Productor de Muestra SL", "B12345674", "Sistema de muestra", "SM", "1.0.0", "MUESTRA-0001"
)
CLIENT = Recipient("CLIENTE DE MUESTRA SA", nif="A58818501")


def row(base, rate, quota, **more) -> Breakdown:
    return Breakdown(Decimal(base), Decimal(rate), Decimal(quota), qualification="S1", **more)


def alta(previous: Previous | None = None, **changes) -> Alta:
    """A plain valid F1 of 176.00 €: the first of the sample chain."""
    fields = {
        "nif": NIF,
        "number": "F2026/0001",
        "issued_on": date(2026, 11, 2),
        "issuer": NAME,
        "kind": "F1",
        "description": "Servicios de consultoría",
        "breakdown": (row("100.00", "21", "21.00"), row("50.00", "10", "5.00")),
        "quota": Decimal("26.00"),
        "total": Decimal("176.00"),
        "system": SYSTEM,
        "generated_at": datetime(2026, 11, 2, 10, tzinfo=MADRID),
        "recipients": (CLIENT,),
    }
    return Alta(previous=previous, **(fields | changes))


def one_row(line: Breakdown, **changes) -> Alta:
    """An alta with that single row and the totals that follow from it."""
    quota = (line.quota or Decimal(0)) + (line.surcharge or Decimal(0))
    return alta(**({"breakdown": (line,), "quota": quota, "total": line.base + quota} | changes))


def anulacion(previous: Previous | None = None, **changes) -> Anulacion:
    fields = {
        "nif": NIF,
        "number": "F2026/0003",
        "issued_on": date(2026, 11, 4),
        "system": SYSTEM,
        "generated_at": datetime(2026, 11, 4, 9, 45, tzinfo=MADRID),
    }
    return Anulacion(previous=previous, **(fields | changes))


def sample_chain() -> list[Alta | Anulacion]:
    """The six records of ``envio-cadena-seis-registros.xml``, built from values."""

    def at(day: int, hour: int, minute: int) -> dict:
        return {
            "issued_on": date(2026, 11, day),
            "generated_at": datetime(2026, 11, day, hour, minute, tzinfo=MADRID),
        }

    chain: list[Alta | Anulacion] = [alta()]

    def add(line: Breakdown, **changes) -> None:
        chain.append(one_row(line, previous=chain[-1].as_previous(), **changes))

    add(
        row("41.32", "21", "8.68"),
        number="S2026/0001",
        kind="F2",
        description="Venta al por menor",
        recipients=(),
        **at(2, 10, 5),
    )
    add(
        row("200", "21", "42", surcharge_rate=Decimal("5.2"), surcharge=Decimal("10.4")),
        number="F2026/0002",
        description="Mercancías con recargo de equivalencia",
        **at(3, 9, 0),
    )
    add(
        row("-20.00", "21", "-4.20"),
        number="R2026/0001",
        kind="R1",
        corrective="I",
        corrects=(InvoiceId(NIF, "F2026/0001", date(2026, 11, 2)),),
        description="Rectificación por diferencias",
        **at(4, 9, 0),
    )
    add(
        row("10.00", "21", "2.10"),
        number="F2026/0003",
        description="Factura expedida por error",
        **at(4, 9, 30),
    )
    chain.append(anulacion(previous=chain[-1].as_previous()))
    return chain


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%m-%Y").date()


def _computed(line: dict) -> dict:
    cent = Decimal("0.01")
    base = Decimal(line["cantidad"]) * Decimal(line["precio_unitario"])

    def part(rate: str | None) -> str | None:
        return rate and str((base * Decimal(rate) / 100).quantize(cent, ROUND_HALF_UP))

    return line | {
        "base": str(base.quantize(cent)),
        "cuota": part(line["tipo"]),
        "tipo_recargo": line["recargo"],
        "cuota_recargo": part(line["recargo"]),
    }


def golden_alta(case: dict) -> Alta:
    """The record of a golden invoice (accepted or to be refused)."""
    rows = case.get("expected", {}).get("desglose") or [_computed(x) for x in case["lineas"]]
    breakdown = tuple(
        Breakdown(
            Decimal(r["base"]),
            _decimal(r.get("tipo")),
            _decimal(r.get("cuota")),
            tax=r["impuesto"],
            regime=r["clave_regimen"],
            qualification=r.get("calificacion") or "",
            exemption=r.get("exencion") or "",
            surcharge_rate=_decimal(r.get("tipo_recargo")),
            surcharge=_decimal(r.get("cuota_recargo")),
        )
        for r in rows
    )
    quota = sum([(b.quota or 0) + (b.surcharge or 0) for b in breakdown], Decimal(0))
    total = quota + sum([b.base for b in breakdown], Decimal(0))
    who, seal = case["destinatario"], case.get("verifactu", {})
    issued = _day(case["fecha_expedicion"])
    old = case.get("importe_rectificacion")
    recipients: tuple[Recipient, ...] = ()
    if who:
        other = who.get("id_otro")
        foreign = ForeignId(other["id_type"], other["id"], other["pais"]) if other else None
        recipients = (Recipient(who["nombre"], who.get("nif", ""), foreign),)
    return Alta(
        nif=case["emisor"]["nif"],
        number=case["numero"],
        issued_on=issued,
        issuer=case["emisor"]["nombre"],
        kind=case["tipo_factura"],
        description="Operación de muestra",
        breakdown=breakdown,
        quota=Decimal(case.get("expected", {}).get("cuota_total", quota)),
        total=Decimal(case.get("expected", {}).get("importe_total", total)),
        system=SYSTEM,
        generated_at=datetime.fromisoformat(
            seal.get("fecha_hora_huso", f"{issued.isoformat()}T09:00:00+01:00")
        ),
        previous=(
            Previous("B12345674", "ANTERIOR-1", issued, seal["huella_anterior"])
            if seal.get("huella_anterior")
            else None
        ),
        recipients=recipients,
        corrective=case.get("tipo_rectificativa", ""),
        corrects=tuple(
            InvoiceId("B12345674", c["numero"], _day(c["fecha"]))
            for c in case.get("facturas_rectificadas", ())
        ),
        replaced=(
            Replaced(Decimal(old["base_rectificada"]), Decimal(old["cuota_rectificada"]))
            if old
            else None
        ),
        simplified_art_7=case.get("factura_simplificada_art_7273", ""),
        operation_on=_day(case["fecha_operacion"]) if case.get("fecha_operacion") else None,
    )
