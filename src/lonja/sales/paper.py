"""From a snapshot to the document that people read: the PDF, and its preview as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.documents.branding import readable_accent
from lonja.documents.contracts import (
    Condition,
    Due,
    Issuer,
    Line,
    QuoteDocument,
    Recurring,
    Section,
    SignLink,
    TaxRow,
    TotalRow,
)
from lonja.documents.qr import qr_svg
from lonja.documents.render import QUOTE, render_pdf, render_svg
from lonja.files.models import StoredFile
from lonja.kit.dates import format_date, format_long
from lonja.kit.money import format_eur, format_percent, format_quantity, format_unit_price
from lonja.sales.choices import every_option, limits, range_text, settled
from lonja.sales.evidence_page import evidence_report, signature_box
from lonja.sales.models import Signature
from lonja.sales.snapshot import (
    Figures,
    Part,
    QuoteSnapshot,
    SnapshotLine,
    day,
    figures,
    frequency,
    pace,
)


@house()
def quote_pdf(snapshot: QuoteSnapshot, *, at: datetime, link: str = "") -> bytes:
    """The PDF of an unsigned version; with `link` it tells where to sign, with its QR."""
    return render_pdf(
        QUOTE,
        document(snapshot, figures(snapshot), link=link),
        images=_images(snapshot, link=link),
        timestamp=at,
    )


@house()
def draft_pdf(snapshot: QuoteSnapshot, *, at: datetime) -> bytes:
    """The PDF of a draft, marked «BORRADOR»; it is not kept."""
    return render_pdf(
        QUOTE,
        document(snapshot, figures(snapshot), mark=_("BORRADOR")),
        images=_images(snapshot),
        timestamp=at,
    )


@house()
def quote_svg(snapshot: QuoteSnapshot) -> list[str]:
    """The pages of the live preview."""
    return render_svg(
        QUOTE,
        document(snapshot, figures(snapshot), mark=_("BORRADOR")),
        images=_images(snapshot),
        timestamp=datetime.combine(day(snapshot["created_on"]), time(12), ZoneInfo("UTC")),
    )


@house()
def signed_pdf(signatures: Sequence[Signature]) -> bytes:
    """The signed copy: the same document with what was chosen, each signature in its box, and the
    evidence report. `signatures`, in order, are of one version and have it all selected."""
    last = signatures[-1]
    snapshot: QuoteSnapshot = settled(last.version.content, last.asked)
    images = _images(snapshot)
    for signature in signatures:
        if signature.image is not None:
            images[f"signature{signature.position}"] = signature.image.read()
    numbers = figures(snapshot, last.chosen_lines)
    zone = last.version.quote.company.zone
    printed = document(snapshot, numbers, signature=last, zone=zone)
    printed["signature"], *printed["more_signatures"] = [
        signature_box(one, zone) for one in signatures
    ]
    printed["evidence"] = evidence_report(signatures, zone)
    return render_pdf(QUOTE, printed, images=images, timestamp=last.signed_at)


def document(
    snapshot: QuoteSnapshot,
    numbers: Figures,
    *,
    link: str = "",
    mark: str = "",
    signature: Signature | None = None,
    zone: ZoneInfo | None = None,
) -> QuoteDocument:
    """The snapshot in the words of the typst template (`lonja.documents.contracts`)."""
    valid = day(snapshot["valid_until"])
    once = [line for line in numbers.lines if not line["unit_of_time"]]
    conditions: list[Condition] = []
    if snapshot["conditions"]:
        conditions.append({"title": _("Condiciones"), "text": snapshot["conditions"]})
    due: Due = {"label": _("Total, IVA incluido"), "amount": format_eur(_total(numbers.once))}
    return {
        "lang": "es",
        "title": f"{_('Presupuesto')} {snapshot['number']} · {snapshot['issuer']['legal_name']}",
        "issuer": _issuer(snapshot),
        "kind_title": _("Presupuesto"),
        "number": snapshot["number"]
        + (f" v{snapshot['version']}" if snapshot["version"] > 1 else ""),
        "date_long": format_long(day(snapshot["created_on"])),
        "valid_until": _("Válido hasta el %(date)s") % {"date": format_long(valid)},
        "mark": mark,
        "greeting": greeting(snapshot),
        "message": "",
        "recipient": {
            "label": _("Para"),
            "name": snapshot["recipient"]["name"],
            "lines": [
                *([f"NIF {snapshot['recipient']['nif']}"] if snapshot["recipient"]["nif"] else []),
                *snapshot["recipient"]["address"],
            ],
        },
        "facts": _facts(snapshot),
        "sections": _sections(once, numbers, signature),
        "recurring": _recurring(snapshot, numbers, signature),
        "taxes": _taxes(numbers.once),
        "totals": _totals(numbers.once),
        "due": due if once else {"label": "", "amount": ""},
        "notes": _deposit_note(snapshot, numbers),
        "conditions": conditions,
        "sign": _sign_link(link, valid) if link and signature is None else None,
        "signature": signature_box(signature, zone) if signature is not None else None,
        "evidence": None,
        "footer": _footer(snapshot),
    }


def _deposit_note(snapshot: QuoteSnapshot, numbers: Figures) -> str:
    if not numbers.deposit:
        return ""
    return _("Anticipo al aceptar (%(pct)s): %(amount)s. El resto, con la factura final.") % {
        "pct": format_percent(Decimal(snapshot.get("deposit_pct", "0"))),
        "amount": format_eur(numbers.deposit),
    }


def _sections(
    lines: Sequence[SnapshotLine], numbers: Figures, signature: Signature | None
) -> list[Section]:
    """The one-off lines by section, with what those that are in come to."""
    told: list[Section] = []
    for title, members in groupby(lines, key=lambda line: line.get("section", "")):
        kept = list(members)
        section: Section = {"title": title, "lines": _lines(kept, numbers, signature)}
        if detail := kept[0].get("section_detail", ""):
            section["detail"] = detail
        if title:
            net = sum(
                (numbers.nets[line["key"]] for line in kept if line["key"] in numbers.chosen),
                Decimal(0),
            )
            section["subtotal"] = format_eur(net)
        told.append(section)
    return told


@house()
def greeting(snapshot: QuoteSnapshot) -> str:
    """What the agent wrote, or «Hola, Carmen. Aquí tienes tu presupuesto.»"""
    if snapshot["greeting"]:
        return snapshot["greeting"]
    first = snapshot["contact_name"].split(" ")[0]
    if first:
        return _("Hola, %(name)s. Aquí tienes tu presupuesto.") % {"name": first}
    return _("Hola. Aquí tienes tu presupuesto.")


def quantity_text(line: SnapshotLine) -> str:
    """«4 × 180,00 €», «3,5 h × 38,00 €»."""
    amount = format_quantity(Decimal(line["quantity"]))
    unit = f"\u00a0{line['unit']}" if line["unit"] else ""
    return f"{amount}{unit} × {format_unit_price(Decimal(line['unit_price']))}\u00a0€"


def tax_rows(part: Part | None) -> list[tuple[str, str]]:
    """(label, amount) of the taxes of a part: «IVA 21 %», «759,36 €»."""
    rows = []
    for group in part.totals.groups if part else ():
        if group.rate is None:
            continue
        rows.append((_rate_label(group), format_eur(group.amount)))
        if group.surcharge_rate:
            label = _("Recargo %(rate)s") % {"rate": format_percent(group.surcharge_rate)}
            rows.append((label, format_eur(group.surcharge)))
    return rows


def _rate_label(group: Any) -> str:
    name = {"01": "IVA", "02": "IPSI", "03": "IGIC"}.get(group.tax, _("Impuesto"))
    if group.rate is None:
        return _("%(tax)s exento o no sujeto") % {"tax": name}
    return f"{name} {format_percent(group.rate)}"


def _total(part: Part | None) -> Any:
    return part.totals.total if part else 0


def _issuer(snapshot: QuoteSnapshot) -> Issuer:
    issuer = snapshot["issuer"]
    return {
        "name": issuer["name"],
        "tagline": issuer["tagline"],
        "initials": issuer["initials"],
        "accent": readable_accent(issuer["accent"])[0],
        "legal_line": _legal_line(snapshot),
    }


def _legal_line(snapshot: QuoteSnapshot) -> str:
    issuer = snapshot["issuer"]
    parts = [
        issuer["legal_name"],
        f"NIF {issuer['nif']}",
        " · ".join(issuer["address"]),
        issuer["registry"],
    ]
    return " · ".join(part for part in parts if part)


def _footer(snapshot: QuoteSnapshot) -> list[str]:
    issuer = snapshot["issuer"]
    contact = " · ".join(p for p in (issuer["email"], issuer["phone"], issuer["website"]) if p)
    question = _("¿Dudas con este presupuesto? %(contact)s") % {"contact": contact}
    return [_legal_line(snapshot), *([question] if contact else [])]


def _facts(snapshot: QuoteSnapshot) -> list[list[Any]]:
    columns: list[list[Any]] = []
    if snapshot["title"]:
        columns.append([{"label": _("Proyecto"), "value": snapshot["title"], "strong": True}])
    dates: list[Any] = [
        {"label": _("Válido hasta"), "value": format_date(day(snapshot["valid_until"]))}
    ]
    if snapshot["service_starts_on"]:
        starts = format_date(day(snapshot["service_starts_on"]))
        dates.append({"label": _("Inicio previsto"), "value": starts})
    columns.append(dates)
    people = []
    if snapshot["contact_name"]:
        people.append({"label": _("A la atención de"), "value": snapshot["contact_name"]})
    if snapshot["agent_name"]:
        people.append({"label": _("Te atiende"), "value": snapshot["agent_name"]})
    if people:
        columns.append(people)
    return columns


def _lines(
    lines: Sequence[SnapshotLine], numbers: Figures, signature: Signature | None
) -> list[Line]:
    """The rows; the first of a group has a heading over it."""
    printed: list[Line] = []
    seen: set[str] = set()
    for line in lines:
        group = line.get("group", "")
        if group and group not in seen:
            seen.add(group)
            text = group if signature is not None else _("%(group)s: elige una") % {"group": group}
            printed.append({"heading": text})
        printed.append(_line(line, numbers, signature))
    return printed


def _line(line: SnapshotLine, numbers: Figures, signature: Signature | None) -> Line:
    discount = Decimal(line["discount_pct"])
    quantity = format_quantity(Decimal(line["quantity"]))
    detail = line["detail"]
    if signature is None and limits(line)[0] is not None:
        detail = f"{detail}\n{range_text(line)}".strip()
    printed: Line = {
        "concept": line["concept"],
        "detail": detail,
        "quantity": quantity + (f"\u00a0{line['unit']}" if line["unit"] else ""),
        "price": f"{format_unit_price(Decimal(line['unit_price']))}\u00a0€",
        "discount": format_percent(discount) if discount else "",
        "tax": line["tax"]["label"].removeprefix("IVA "),
        "amount": format_eur(numbers.nets[line["key"]]),
    }
    included = line["key"] in numbers.chosen
    if line.get("group"):
        if signature is not None:
            printed["tag"] = _("Elegida") if included else _("No elegida")
        else:
            printed["tag"] = _("Alternativa incluida") if included else _("Alternativa, no sumada")
    elif line["optional"]:
        if signature is not None:
            printed["tag"] = _("Opcional elegido") if included else _("Opcional no incluido")
        else:
            printed["tag"] = _("Opcional") if included else _("Opcional, no sumado")
    return printed


def _recurring(
    snapshot: QuoteSnapshot, numbers: Figures, signature: Signature | None
) -> Recurring | None:
    lines = [line for line in numbers.lines if line["unit_of_time"]]
    if not lines:
        return None
    paces = sorted({(line["unit_of_time"], line["every"]) for line in lines})
    printed: list[Line] = []
    for unit, every in paces:
        if len(paces) > 1:
            printed.append({"heading": frequency(unit, every)})
        members = [x for x in lines if (x["unit_of_time"], x["every"]) == (unit, every)]
        printed += _lines(members, numbers, signature)
    title = frequency(*paces[0]) if len(paces) == 1 else _("Cuotas periódicas")
    rows: list[TotalRow] = []
    for part in numbers.recurring:
        rows += _totals(part)
        if part is not numbers.recurring[-1]:
            rows.append({**_fee(part), "tone": "strong"})
    if numbers.recurring:
        due = _fee(numbers.recurring[-1])
    else:  # only options nobody ticked: what they would cost
        everything = figures(snapshot, every_option(snapshot))
        due = {**_fee(everything.recurring[-1]), "label": _("Si lo eliges, IVA incluido")}
    return {"title": title, "lines": printed, "totals": rows, "due": due}


def _fee(part: Part) -> Due:
    amount = f"{format_eur(part.totals.total)} {pace(part.unit, part.every)}"
    return {"label": _("Cuota, IVA incluido"), "amount": amount}


def _taxes(part: Part | None) -> list[TaxRow]:
    rows: list[TaxRow] = []
    for group in part.totals.groups if part else ():
        row: TaxRow = {
            "label": _rate_label(group),
            "base": format_eur(group.base),
            "amount": format_eur(group.amount),
        }
        if group.surcharge_rate:
            rate = format_percent(group.surcharge_rate)
            row["surcharge"] = f"{rate} · {format_eur(group.surcharge)}"
        rows.append(row)
    return rows


def _totals(part: Part | None) -> list[TotalRow]:
    if part is None:
        return []
    rows: list[TotalRow] = []
    if part.totals.global_discount:
        rows.append({"label": _("Descuento"), "amount": format_eur(-part.totals.global_discount)})
    rows.append({"label": _("Base imponible"), "amount": format_eur(part.totals.base_total)})
    rows += [{"label": label, "amount": amount} for label, amount in tax_rows(part)]
    return rows


def _sign_link(link: str, valid: Any) -> SignLink:
    return {
        "title": _("Firma desde tu móvil"),
        "text": _(
            "Escanea el código o abre el enlace para verlo, elegir opciones y firmar. "
            "Puedes hacerlo hasta el %(date)s."
        )
        % {"date": format_long(valid)},
        "url": link,
        "label": _("Ver y firmar"),
    }


def _images(snapshot: QuoteSnapshot, link: str = "") -> dict[str, bytes]:
    images: dict[str, bytes] = {}
    if snapshot["issuer"]["logo_id"]:
        logo = StoredFile.objects.filter(pk=snapshot["issuer"]["logo_id"]).first()
        if logo is not None:
            images["logo"] = logo.read()
    if link:
        images["sign_qr"] = qr_svg(link)
    return images
