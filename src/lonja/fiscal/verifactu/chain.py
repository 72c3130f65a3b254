"""Auditor of a chain of records: recomputes every *huella* and follows every link.

RD 1007/2023 art. 8 and Orden HAC/1177/2024 art. 7: one chain per taxpayer and installation,
with altas and anulaciones in the order they were made. Pure: it reads whatever the caller
gives, a table or a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from .huella import digest
from .records import Alta, Anulacion, day
from .schema import PARSER, SF
from .texts import _
from .texts import gettext_noop as noop

_IDENT, _CHAIN, _PREVIOUS, _KIND, _QUOTA, _TOTAL, _GENERATED, _HUELLA = [
    f"{{{SF}}}{name}"
    for name in (
        "IDFactura",
        "Encadenamiento",
        "RegistroAnterior",
        "TipoFactura",
        "CuotaTotal",
        "ImporteTotal",
        "FechaHoraHusoGenRegistro",
        "Huella",
    )
]


class Link(NamedTuple):
    """One record as it was kept. ``kind``, ``quota`` and ``total`` are empty in an anulación;
    all four ``previous_*`` are empty in the first record of a chain. Texts as in the XML."""

    position: int
    operation: str  # "Alta" or "Anulacion"
    nif: str
    number: str
    issued: str
    kind: str
    quota: str
    total: str
    generated: str
    huella: str
    previous_nif: str
    previous_number: str
    previous_issued: str
    previous_huella: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """``checked`` records read. When broken: position and number of the first bad record, a
    stable ``code`` (position, operation, huella, link, first, head) and its Spanish meaning."""

    checked: int
    last_huella: str
    broken_at: int | None = None
    number: str = ""
    code: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        return self.broken_at is None


def link_of(position: int, record: Alta | Anulacion) -> Link:
    """The link of a record just built."""
    before = record.previous
    head = (
        (before.nif, before.number, day(before.issued_on), before.huella) if before else ("",) * 4
    )
    if isinstance(record, Alta):
        own = ("Alta", record.nif, record.number, record.issued_text, record.kind)
        money = (record.quota_text, record.total_text)
    else:
        own = ("Anulacion", record.nif, record.number, record.issued_text, "")
        money = ("", "")
    return Link(position, *own, *money, record.generated_text, record.huella, *head)


_CUT = len(SF) + 2


def link_from_xml(position: int, xml: bytes) -> Link:
    """The link written in a kept XML. An absent element is an empty text; ``operation`` is the
    name of the root when it is neither an alta nor an anulación. Raises lxml's XMLSyntaxError
    when it is not XML."""
    root = etree.fromstring(xml, PARSER)
    name = root.tag[_CUT:].removeprefix("Registro") if root.tag.startswith(f"{{{SF}}}") else ""
    texts: dict[str, str] = {}
    own: list[str] = []
    before: list[str] = []
    for child in root:
        tag = child.tag
        if tag == _IDENT:
            own = [each.text or "" for each in child]
        elif tag == _CHAIN:
            for block in child.iterchildren(_PREVIOUS):
                before = [each.text or "" for each in block]
        else:
            texts[str(tag)] = child.text or ""
    nif, number, issued = [*own, "", "", ""][:3]
    b_nif, b_number, b_issued, b_huella = [*before, "", "", "", ""][:4]
    get = texts.get
    return Link(
        position=position,
        operation=name or root.tag,
        nif=nif,
        number=number,
        issued=issued,
        kind=get(_KIND, ""),
        quota=get(_QUOTA, ""),
        total=get(_TOTAL, ""),
        generated=get(_GENERATED, ""),
        huella=get(_HUELLA, ""),
        previous_nif=b_nif,
        previous_number=b_number,
        previous_issued=b_issued,
        previous_huella=b_huella,
    )


def expected_huella(link: Link) -> str:
    """The *huella* that the link's own texts give."""
    _p, operation, nif, number, issued, kind, quota, total, generated, *_rest, before = link
    if operation == "Alta":
        return digest(
            f"IDEmisorFactura={nif.strip()}&NumSerieFactura={number.strip()}"
            f"&FechaExpedicionFactura={issued.strip()}&TipoFactura={kind.strip()}"
            f"&CuotaTotal={quota.strip()}&ImporteTotal={total.strip()}"
            f"&Huella={before.strip()}&FechaHoraHusoGenRegistro={generated.strip()}"
        )
    return digest(
        f"IDEmisorFacturaAnulada={nif.strip()}&NumSerieFacturaAnulada={number.strip()}"
        f"&FechaExpedicionFacturaAnulada={issued.strip()}&Huella={before.strip()}"
        f"&FechaHoraHusoGenRegistro={generated.strip()}"
    )


_BROKEN = {
    "position": noop("La posición %(position)s no sigue a la anterior: falta o sobra un registro."),
    "operation": noop("El registro no es un alta ni una anulación, o lleva datos que no le tocan."),
    "huella": noop("La huella del registro %(number)s no corresponde a sus datos."),
    "first": noop("El registro %(number)s debería ser el primero de la cadena y apunta a otro."),
    "link": noop("El registro %(number)s no enlaza con el anterior de la cadena."),
    "head": noop("La cadena no termina en la huella que consta como última."),
}


def chain_report(
    code: str, checked: int, last_huella: str, position: int, number: str
) -> ChainReport:
    """What is said of a chain broken at a record, by its code."""
    message = _(_BROKEN[code]) % {"position": position, "number": number}
    return ChainReport(checked, last_huella, position, number, code, message)


def verify_chain(
    records: Iterable[Link], *, after: Link | None = None, head: str | None = None
) -> ChainReport:
    """Check a chain, or the stretch of it that follows the already checked link ``after``.

    Positions must be consecutive (the first is 1). ``head``: the last *huella* kept elsewhere,
    which also finds missing last records. Stops at the first broken record.
    """
    position = after.position if after else 0
    known = (after.nif, after.number, after.issued, after.huella) if after else ("",) * 4
    checked = 0
    link = after
    for link in records:
        checked += 1
        position += 1
        code = _fault(link, position, known)
        if code:
            return chain_report(code, checked, known[3], link.position, link.number)
        known = (link.nif, link.number, link.issued, link.huella)
    if head is not None and head != known[3]:
        number = link.number if link else ""
        return ChainReport(checked, known[3], position, number, "head", _BROKEN["head"])
    return ChainReport(checked, known[3])


def _fault(link: Link, position: int, known: tuple[str, ...]) -> str:
    if link[0] != position:
        return "position"
    if link[1] == "Anulacion":
        if link[5] or link[6] or link[7]:
            return "operation"
    elif link[1] != "Alta":
        return "operation"
    if link[9] != expected_huella(link):
        return "huella"
    if link[10:] != known:
        return "link" if known[3] else "first"
    return ""
