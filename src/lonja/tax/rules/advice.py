"""What deserves a look before issuing, without being forbidden."""

from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif
from lonja.kit.words import _
from lonja.tax import invoicing
from lonja.tax.documents import Document
from lonja.tax.totals import Totals


def advice(document: Document, totals: Totals) -> list[str]:
    """Warnings in Spanish about a document that may be issued."""
    texts = []
    operation = document.operation_date
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
    if totals.total < 0 and not document.is_corrective:
        texts.append(_("El total es negativo: quizá tenga que ser una factura rectificativa."))
    return texts


def _is_company(nif: str) -> bool:
    try:
        return check_nif(nif).kind == "company"
    except Refused:
        return False
