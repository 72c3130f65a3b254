"""What deserves a look before issuing, without being forbidden."""

from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif
from lonja.kit.words import _
from lonja.tax import invoicing
from lonja.tax.documents import Document
from lonja.tax.late_payment import MOST_DAYS
from lonja.tax.totals import Totals
from lonja.tax.withholding import OF_PEOPLE

_OF_THEIR_MEMBERS = ("E", "H", "J")


def advice(document: Document, totals: Totals) -> list[str]:
    """Warnings in Spanish about a document that may be issued."""
    texts = []
    days = [line.operation_date for line in document.taxed_lines] + [document.operation_date]
    operation = min(filter(None, days), default=None)
    if operation and not document.is_corrective:
        to_business = bool(document.recipients) and not document.recipients[0].is_consumer
        last = invoicing.issue_deadline(operation, to_business=to_business)
        if document.issue_date > last:
            texts.append(
                _("La factura debía expedirse hasta el %(last)s (art. 11 RD 1619/2012).")
                % {"last": format_date(last)}
            )
    if any(line.surcharge is not None for line in document.taxed_lines) and any(
        _is_company(party.nif) for party in document.recipients
    ):
        texts.append(
            _(
                "El recargo de equivalencia es para comerciantes minoristas personas físicas o "
                "comunidades, no para sociedades (art. 148 LIVA)."
            )
        )
    if document.withholding_pct in OF_PEOPLE and _is_company(document.issuer.nif):
        texts.append(
            _(
                "Las facturas de una sociedad no llevan retención por sus servicios: solo la de "
                "los alquileres y otros rendimientos del capital (art. 60 del Reglamento del "
                "Impuesto sobre Sociedades). Quítala si no es el caso."
            )
        )
    if any(line.tax == "01" and line.regime == "17" for line in document.taxed_lines):
        texts.append(
            _(
                "En una venta OSS el precio que escribes lleva dentro el IVA del país del cliente: "
                "el registro de la AEAT no lo admite aparte y Lonja no lo desglosa. Di en el "
                "concepto el tipo y la cuota."
            )
        )
    texts += _to_pay(document)
    if any(p.is_consumer and p.accepts_electronic is False for p in document.recipients):
        texts.append(
            _(
                "No consta que este particular acepte las facturas por correo: pídeselo y apúntalo "
                "en su ficha, o dásela en papel (art. 63.3 LGDCU)."
            )
        )
    if totals.total < 0 and not document.is_corrective:
        texts.append(_("El total es negativo: quizá tenga que ser una factura rectificativa."))
    return texts


def _to_pay(document: Document) -> list[str]:
    """Between businesses 60 days at most, whatever is agreed (Ley 3/2004 art. 4.3)."""
    recipients = document.recipients
    if document.due_date is None or not recipients or recipients[0].is_consumer is not False:
        return []
    since = document.operation_date or document.issue_date
    days = (document.due_date - since).days
    if days <= MOST_DAYS or document.is_corrective:
        return []
    return [
        _(
            "El vencimiento es a %(days)s días: entre empresas no se pueden pactar más de "
            "%(most)s desde la entrega o el servicio (art. 4.3 de la Ley 3/2004)."
        )
        % {"days": days, "most": MOST_DAYS}
    ]


def _is_company(nif: str) -> bool:
    """Whether it pays the tax on companies: not a person, nor who shares out its income among its
    members (E, H and J: *comunidades de bienes*, of owners, *sociedades civiles*)."""
    try:
        found = check_nif(nif)
    except Refused:
        return False
    return found.kind == "company" and not found.value.startswith(_OF_THEIR_MEMBERS)
