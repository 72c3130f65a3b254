"""From a snapshot to the document that people read: the PDF, and its preview as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from lonja.billing.addressee import addressee_lines
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
    TotalRow,
)
from lonja.documents.figures import SPANISH, writing_to, written_in
from lonja.documents.figures import Figures as Writing
from lonja.documents.labels import QUOTE_LABELS
from lonja.documents.qr import qr_svg
from lonja.documents.render import QUOTE, render_pdf, render_svg
from lonja.documents.words import Say, labels_of, long_date, speaker, tax_label
from lonja.files.models import StoredFile
from lonja.sales.choices import every_option, limits, range_text, settled
from lonja.sales.evidence_page import evidence_report, signature_box
from lonja.sales.models import Signature
from lonja.sales.paces import frequency
from lonja.sales.paper_totals import fee, tax_name, taxes, total, totals
from lonja.sales.snapshot import (
    Figures,
    QuoteSnapshot,
    SnapshotLine,
    SnapshotTax,
    day,
    figures,
    language_of,
)

# What versions before November 2026 do not tell of whom they are for.
_WHO: dict[str, Any] = {"country": "ES", "id_type": "nif"}


def quote_pdf(snapshot: QuoteSnapshot, *, at: datetime, link: str = "") -> bytes:
    """The PDF of an unsigned version; with `link` it tells where to sign, with its QR."""
    return render_pdf(
        QUOTE,
        document(snapshot, figures(snapshot), link=link),
        images=_images(snapshot, link=link),
        timestamp=at,
    )


def draft_pdf(snapshot: QuoteSnapshot, *, at: datetime) -> bytes:
    """The PDF of a draft, marked «BORRADOR»; it is not kept."""
    return render_pdf(
        QUOTE,
        document(snapshot, figures(snapshot), mark="BORRADOR"),
        images=_images(snapshot),
        timestamp=at,
    )


def quote_svg(snapshot: QuoteSnapshot) -> list[str]:
    """The pages of the live preview."""
    return render_svg(
        QUOTE,
        document(snapshot, figures(snapshot), mark="BORRADOR"),
        images=_images(snapshot),
        timestamp=datetime.combine(day(snapshot["created_on"]), time(12), ZoneInfo("UTC")),
    )


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
    with writing_to(language_of(snapshot)) as write:
        printed["signature"], *printed["more_signatures"] = [
            signature_box(one, zone, write) for one in signatures
        ]
        printed["evidence"] = evidence_report(
            signatures, zone, write, accepted=numbers.headline_in(write)
        )
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
    """The snapshot in the words of the typst template (`lonja.documents.contracts`), those of its
    customer."""
    with writing_to(language_of(snapshot)):
        return _document(
            snapshot, numbers, _say(snapshot), link=link, mark=mark, signature=signature, zone=zone
        )


def _say(snapshot: QuoteSnapshot) -> Say:
    return speaker(written_in(language_of(snapshot)))


def _document(
    snapshot: QuoteSnapshot,
    numbers: Figures,
    say: Say,
    *,
    link: str,
    mark: str,
    signature: Signature | None,
    zone: ZoneInfo | None,
) -> QuoteDocument:
    write, language = say.figures, written_in(language_of(snapshot))
    valid = day(snapshot["valid_until"])
    once = [line for line in numbers.lines if not line["unit_of_time"]]
    conditions: list[Condition] = []
    if snapshot["conditions"]:
        conditions.append({"title": _("Condiciones"), "text": snapshot["conditions"]})
    where = _sign_link(link, long_date(valid, language)) if link and signature is None else None
    due: Due = {
        "label": _("Total, %(tax)s incluido") % {"tax": tax_name([numbers.once])},
        "amount": write.money(total(numbers.once)),
    }
    printed: QuoteDocument = {
        "lang": language,
        "title": f"{_('Presupuesto')} {snapshot['number']} · {snapshot['issuer']['legal_name']}",
        "issuer": _issuer(snapshot),
        "kind_title": _("Presupuesto"),
        "number": snapshot["number"]
        + (f" v{snapshot['version']}" if snapshot["version"] > 1 else ""),
        "date_long": long_date(day(snapshot["created_on"]), language),
        "valid_until": _("Válido hasta el %(date)s") % {"date": long_date(valid, language)},
        "mark": say(mark),
        "greeting": greeting(snapshot),
        "message": "",
        "recipient": {
            "label": _("Para"),
            "name": snapshot["recipient"]["name"],
            "lines": addressee_lines(_WHO | snapshot["recipient"], say, language),
        },
        "facts": _facts(snapshot, write),
        "sections": _sections(once, numbers, signature, say),
        "recurring": _recurring(snapshot, numbers, signature, say),
        "taxes": taxes(numbers.once, say),
        "totals": totals(numbers.once, say),
        "due": due if once else {"label": "", "amount": ""},
        "notes": _deposit_note(snapshot, numbers, write),
        "conditions": conditions,
        "sign": where,
        "signature": signature_box(signature, zone, write) if signature is not None else None,
        "evidence": None,
        "footer": _footer(snapshot),
    }
    labels = labels_of(language) | QUOTE_LABELS.get(language, {})
    if (tax := tax_name(numbers.parts)) != _("IVA"):
        labels["tax"] = tax
    if labels:
        printed["labels"] = labels
    return printed


def _deposit_note(snapshot: QuoteSnapshot, numbers: Figures, write: Writing) -> str:
    if not numbers.deposit:
        return ""
    return _("Anticipo al aceptar (%(pct)s): %(amount)s. El resto, con la factura final.") % {
        "pct": write.percent(Decimal(snapshot.get("deposit_pct", "0"))),
        "amount": write.money(numbers.deposit),
    }


def _sections(
    lines: Sequence[SnapshotLine], numbers: Figures, signature: Signature | None, say: Say
) -> list[Section]:
    """The one-off lines by section, with what those that are in come to."""
    told: list[Section] = []
    for title, members in groupby(lines, key=lambda line: line.get("section", "")):
        kept = list(members)
        section: Section = {"title": title, "lines": _lines(kept, numbers, signature, say)}
        if detail := kept[0].get("section_detail", ""):
            section["detail"] = detail
        if title:
            net = sum(
                (numbers.nets[line["key"]] for line in kept if line["key"] in numbers.chosen),
                Decimal(0),
            )
            section["subtotal"] = say.figures.money(net)
        told.append(section)
    return told


def greeting(snapshot: QuoteSnapshot) -> str:
    """What the agent wrote, or «Hola, Carmen. Aquí tienes tu presupuesto.»"""
    if snapshot["greeting"]:
        return snapshot["greeting"]
    first = snapshot["contact_name"].split(" ")[0]
    with writing_to(language_of(snapshot)):
        if first:
            return _("Hola, %(name)s. Aquí tienes tu presupuesto.") % {"name": first}
        return _("Hola. Aquí tienes tu presupuesto.")


def quantity_text(line: SnapshotLine, write: Writing = SPANISH) -> str:
    """«4 × 180,00 €», «3,5 h × 38,00 €»."""
    amount = write.measured(Decimal(line["quantity"]), line["unit"])
    return f"{amount} × {write.unit_price(Decimal(line['unit_price']))}"


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


def _facts(snapshot: QuoteSnapshot, write: Writing) -> list[list[Any]]:
    columns: list[list[Any]] = []
    if snapshot["title"]:
        columns.append([{"label": _("Proyecto"), "value": snapshot["title"], "strong": True}])
    dates: list[Any] = [
        {"label": _("Válido hasta"), "value": write.day(day(snapshot["valid_until"]))}
    ]
    if snapshot["service_starts_on"]:
        starts = write.day(day(snapshot["service_starts_on"]))
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
    lines: Sequence[SnapshotLine], numbers: Figures, signature: Signature | None, say: Say
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
        printed.append(_line(line, numbers, signature, say))
    return printed


def _line(line: SnapshotLine, numbers: Figures, signature: Signature | None, say: Say) -> Line:
    write = say.figures
    discount = Decimal(line["discount_pct"])
    detail = line["detail"]
    if signature is None and limits(line)[0] is not None:
        detail = f"{detail}\n{range_text(line, write)}".strip()
    printed: Line = {
        "concept": line["concept"],
        "detail": detail,
        "quantity": write.measured(Decimal(line["quantity"]), line["unit"]),
        "price": write.unit_price(Decimal(line["unit_price"])),
        "discount": write.percent(discount) if discount else "",
        "tax": _tax_label(line["tax"], say),
        "amount": write.money(numbers.nets[line["key"]]),
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


def _tax_label(tax: SnapshotTax, say: Say) -> str:
    """«21 %», or why there is none: as frozen, and in another language as invoices say it."""
    if say.figures is SPANISH or tax["rate"] is not None:
        return tax_label(tax["label"], say).removeprefix(f"{say('IVA')} ")
    if tax["exemption"]:
        return say("Exento")
    return say("ISP" if tax["qualification"] == "S2" else "No sujeta")


def _recurring(
    snapshot: QuoteSnapshot, numbers: Figures, signature: Signature | None, say: Say
) -> Recurring | None:
    write = say.figures
    lines = [line for line in numbers.lines if line["unit_of_time"]]
    if not lines:
        return None
    paces = sorted({(line["unit_of_time"], line["every"]) for line in lines})
    printed: list[Line] = []
    for unit, every in paces:
        if len(paces) > 1:
            printed.append({"heading": frequency(unit, every)})
        members = [x for x in lines if (x["unit_of_time"], x["every"]) == (unit, every)]
        printed += _lines(members, numbers, signature, say)
    title = frequency(*paces[0]) if len(paces) == 1 else _("Cuotas periódicas")
    rows: list[TotalRow] = []
    for part in numbers.recurring:
        rows += totals(part, say)
        if part is not numbers.recurring[-1]:
            rows.append({**fee(part, write), "tone": "strong"})
    if numbers.recurring:
        due = fee(numbers.recurring[-1], write)
    else:  # only options nobody ticked: what they would cost
        everything = figures(snapshot, every_option(snapshot))
        label = _("Si lo eliges, %(tax)s incluido")
        taxed = tax_name(everything.recurring)
        due = {**fee(everything.recurring[-1], write), "label": label % {"tax": taxed}}
    return {"title": title, "lines": printed, "totals": rows, "due": due}


def _sign_link(link: str, valid: str) -> SignLink:
    return {
        "title": _("Firma desde tu móvil"),
        "text": _(
            "Escanea el código o abre el enlace para verlo, elegir opciones y firmar. "
            "Puedes hacerlo hasta el %(date)s."
        )
        % {"date": valid},
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
