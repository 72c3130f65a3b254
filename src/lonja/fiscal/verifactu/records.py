"""VERI*FACTU records as values: what is hashed, sent and kept of each invoice.

Orden HAC/1177/2024 and AEAT ``SuministroInformacion.xsd`` 1.0. A record computes its texts and
its *huella* once, when it is built; the XML and the QR reuse those same strings, so they cannot
differ. Amounts are ``Decimal`` euros with at most two decimals (never rounded here: rounding is
the tax engine's), dates are ``date``, the moment is an aware ``datetime`` in the company's zone.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from .huella import digest

_CENT = Decimal("0.01")


def money(value: Decimal) -> str:
    """Amount or rate as the agency writes it: ``1234.50``, point, two decimals, no ``-0.00``.

    Raises ValueError when two decimals cannot hold the value exactly.
    """
    text = str(value)
    if text[-3:-2] != ".":
        if not value.is_finite():
            raise ValueError(f"{value} is not an amount")
        exact = value.quantize(_CENT)
        if exact != value:
            raise ValueError(f"{value} has more than two decimals")
        text = str(exact)
    return "0.00" if text == "-0.00" else text


def day(value: date) -> str:
    """``DD-MM-AAAA``."""
    return f"{value.day:02d}-{value.month:02d}-{value.year:04d}"


def moment(value: datetime) -> str:
    """ISO 8601 with seconds and numeric offset (``+00:00``, never ``Z``).

    Raises ValueError for a moment without zone.
    """
    if value.tzinfo is None:
        raise ValueError("the moment of a record needs a time zone")
    return value.isoformat(timespec="seconds")


def local_moment(value: datetime, zone: str) -> datetime:
    """The same instant on the company's clock (``Europe/Madrid``, ``Atlantic/Canary``…)."""
    if value.tzinfo is None:
        raise ValueError("the moment of a record needs a time zone")
    return value.astimezone(ZoneInfo(zone)).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class InvoiceId:
    """IDFactura of another invoice: corrected (*rectificada*) or replaced (*sustituida*)."""

    nif: str
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Previous:
    """The record before this one in the chain, of whatever kind."""

    nif: str
    number: str
    issued_on: date
    huella: str


@dataclass(frozen=True, slots=True)
class ForeignId:
    """IDOtro: ``kind`` 02 NIF-IVA, 03 passport, 04 official id, 05 residence, 06 other, 07."""

    kind: str
    number: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person: NIF or IDOtro. Also who acts as Tercero or Generador."""

    name: str
    nif: str = ""
    foreign: ForeignId | None = None


@dataclass(frozen=True, slots=True)
class System:
    """SistemaInformatico: who made the program, which one it is and this installation of it."""

    producer: str
    nif: str
    name: str
    code: str
    version: str
    installation: str
    only_verifactu: bool = True
    can_serve_many: bool = True
    serves_many: bool = False
    foreign: ForeignId | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One row of the Desglose. Either ``qualification`` (S1, S2, N1, N2) or ``exemption`` (E…).

    ``tax`` 01 IVA, 02 IPSI, 03 IGIC, 05 other. ``rate`` and ``surcharge_rate`` are percentages.
    """

    base: Decimal
    rate: Decimal | None = None
    quota: Decimal | None = None
    tax: str = "01"
    regime: str = "01"
    qualification: str = ""
    exemption: str = ""
    cost_base: Decimal | None = None
    surcharge_rate: Decimal | None = None
    surcharge: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """ImporteRectificacion: the old amounts a corrective *por sustitución* replaces."""

    base: Decimal
    quota: Decimal
    surcharge: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alta:
    """RegistroAlta: an invoice issued, or a correction of its record (*subsanación*).

    ``corrective`` is ``S`` (*por sustitución*, with ``replaced``) or ``I`` (*por diferencias*);
    ``corrects`` and ``replaces`` name the invoices rectified or exchanged. Empty texts
    and ``None`` leave the optional element out. Raises ValueError when an amount has more than
    two decimals or the moment has no zone.
    """

    nif: str
    number: str
    issued_on: date
    issuer: str
    kind: str
    description: str
    breakdown: tuple[Breakdown, ...]
    quota: Decimal
    total: Decimal
    system: System
    generated_at: datetime
    previous: Previous | None  # None = first record of the chain; always said, never assumed
    recipients: tuple[Recipient, ...] = ()
    external_ref: str = ""
    amends: str = ""  # Subsanacion
    rejected_before: str = ""  # RechazoPrevio
    corrective: str = ""  # TipoRectificativa
    corrects: tuple[InvoiceId, ...] = ()
    replaces: tuple[InvoiceId, ...] = ()
    replaced: Replaced | None = None
    operation_on: date | None = None
    simplified_art_7: str = ""  # FacturaSimplificadaArt7273
    no_recipient_art_6: str = ""  # FacturaSinIdentifDestinatarioArt61d
    macrodato: str = ""
    issued_by: str = ""  # EmitidaPorTerceroODestinatario
    third_party: Recipient | None = None
    coupon: str = ""
    billing_agreement: str = ""  # NumRegistroAcuerdoFacturacion
    system_agreement: str = ""  # IdAcuerdoSistemaInformatico

    issued_text: str = field(init=False, repr=False, compare=False)
    quota_text: str = field(init=False, repr=False, compare=False)
    total_text: str = field(init=False, repr=False, compare=False)
    generated_text: str = field(init=False, repr=False, compare=False)
    cadena: str = field(init=False, repr=False, compare=False)
    huella: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        issued, quota, total = day(self.issued_on), money(self.quota), money(self.total)
        generated = moment(self.generated_at)
        before = self.previous.huella.strip() if self.previous else ""
        cadena = (
            f"IDEmisorFactura={self.nif.strip()}&NumSerieFactura={self.number.strip()}"
            f"&FechaExpedicionFactura={issued}&TipoFactura={self.kind.strip()}"
            f"&CuotaTotal={quota}&ImporteTotal={total}&Huella={before}"
            f"&FechaHoraHusoGenRegistro={generated}"
        )
        put(self, "issued_text", issued)
        put(self, "quota_text", quota)
        put(self, "total_text", total)
        put(self, "generated_text", generated)
        put(self, "cadena", cadena)
        put(self, "huella", digest(cadena))

    def as_previous(self) -> Previous:
        """What the next record of the chain must carry."""
        return Previous(self.nif, self.number, self.issued_on, self.huella)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anulacion:
    """RegistroAnulacion: the invoice (``nif``, ``number``, ``issued_on``) should never have been.

    ``made_by``: E issuer, D recipient, T third party, with ``maker``. Raises as :class:`Alta`.
    """

    nif: str
    number: str
    issued_on: date
    system: System
    generated_at: datetime
    previous: Previous | None  # None = first record of the chain; always said, never assumed
    external_ref: str = ""
    unknown_before: str = ""  # SinRegistroPrevio
    rejected_before: str = ""  # RechazoPrevio
    made_by: str = ""  # GeneradoPor
    maker: Recipient | None = None  # Generador

    issued_text: str = field(init=False, repr=False, compare=False)
    generated_text: str = field(init=False, repr=False, compare=False)
    cadena: str = field(init=False, repr=False, compare=False)
    huella: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        issued, generated = day(self.issued_on), moment(self.generated_at)
        before = self.previous.huella.strip() if self.previous else ""
        cadena = (
            f"IDEmisorFacturaAnulada={self.nif.strip()}"
            f"&NumSerieFacturaAnulada={self.number.strip()}"
            f"&FechaExpedicionFacturaAnulada={issued}&Huella={before}"
            f"&FechaHoraHusoGenRegistro={generated}"
        )
        put(self, "issued_text", issued)
        put(self, "generated_text", generated)
        put(self, "cadena", cadena)
        put(self, "huella", digest(cadena))

    def as_previous(self) -> Previous:
        """What the next record of the chain must carry."""
        return Previous(self.nif, self.number, self.issued_on, self.huella)
