"""Rectificativas (R1 to R5) and invoices that replace simplificadas (F3)."""

from datetime import date

from lonja.kit.dates import format_date
from lonja.kit.words import _
from lonja.tax import invoicing
from lonja.tax.dated import value_on
from lonja.tax.documents import Document, InvoiceRef
from lonja.tax.rules.broken import RuleBroken

_SIMPLIFIED = ("F2", "R5")


def check(document: Document) -> None:
    """What a rectificativa or a substitute must carry, and what the others must not."""
    if document.is_corrective:
        _check_corrective(document)
    else:
        _check_not_corrective(document)
    if document.kind == "F3":
        _check_substitute(document)
    elif document.substitutes:
        raise RuleBroken(
            "substitutes_kind", _("Solo una F3 sustituye facturas simplificadas."), "AEAT 1116"
        )


def correction_deadline(devengo: date, art_80_date: date | None = None) -> date:
    """The last day to issue a rectificativa: four years from the *devengo*, or from the event of
    art. 80 LIVA (art. 15.3 RD 1619/2012)."""
    start = max(devengo, art_80_date) if art_80_date else devengo
    return invoicing.add_years(start, int(value_on(invoicing.CORRECTION_YEARS, start) or 4))


def _check_corrective(document: Document) -> None:
    if not document.correction:
        raise RuleBroken(
            "correction_missing",
            _("Falta decir si rectifica por diferencias (I) o por sustitución (S)."),
            "AEAT 1114",
        )
    if document.correction not in ("I", "S"):
        raise RuleBroken(
            "correction_unknown",
            _("«%(correction)s» no es una forma de rectificar: I o S.")
            % {"correction": document.correction},
            "AEAT 1107",
        )
    if not document.corrects and not document.corrected_period.strip():
        raise RuleBroken(
            "corrected_missing",
            _("Falta la factura que se rectifica (o el periodo, si es un descuento por volumen)."),
            "art. 15.4 RD 1619/2012",
        )
    amounts = document.corrected_amounts
    if document.correction == "S" and (
        amounts is None or amounts.base is None or amounts.tax is None
    ):
        raise RuleBroken(
            "corrected_amounts_missing",
            _("Al rectificar por sustitución hacen falta la base y la cuota rectificadas."),
            "AEAT 1118",
        )
    if document.correction == "I" and amounts is not None:
        raise RuleBroken(
            "corrected_amounts_not_wanted",
            _("Al rectificar por diferencias no se informan los importes rectificados."),
            "AEAT 1119",
        )
    for ref in document.corrects:
        _check_ref(document, ref)
        if document.series and document.series == ref.series and not ref.kind.startswith("R"):
            raise RuleBroken(
                "corrective_series",
                _(
                    "La rectificativa va en la misma serie que la factura %(number)s: "
                    "necesita una serie propia."
                )
                % {"number": ref.number},
                "art. 6.1.a.3.º RD 1619/2012",
                field="series",
            )
        if ref.kind and (ref.kind in _SIMPLIFIED) != (document.kind == "R5"):
            raise RuleBroken(
                "corrective_kind",
                _("Una simplificada se rectifica con R5, y R5 es solo para simplificadas."),
                "AEAT 1106; art. 15 RD 1619/2012",
            )
        happened = ref.operation_date or ref.issue_date
        if happened is None:  # _check_ref has refused it
            continue
        last = correction_deadline(happened, document.art_80_date)
        if document.issue_date > last:
            raise RuleBroken(
                "correction_late",
                _("La factura %(number)s se podía rectificar hasta el %(last)s.")
                % {"number": ref.number, "last": format_date(last)},
                "art. 15.3 RD 1619/2012",
                field="issue_date",
            )


def _check_not_corrective(document: Document) -> None:
    if document.correction:
        raise RuleBroken(
            "correction_kind", _("Solo una rectificativa lleva forma de rectificar."), "AEAT 1115"
        )
    if document.corrects or document.corrected_period:
        raise RuleBroken(
            "corrected_kind", _("Solo una rectificativa nombra facturas rectificadas."), "AEAT 1117"
        )
    if document.corrected_amounts is not None:
        raise RuleBroken(
            "corrected_amounts_kind",
            _("Solo una rectificativa por sustitución lleva importes rectificados."),
            "AEAT 1119",
        )


def _check_substitute(document: Document) -> None:
    if not document.substitutes:
        raise RuleBroken(
            "substitutes_missing",
            _("Faltan las facturas simplificadas que se sustituyen."),
            "AEAT 1116",
        )
    for ref in document.substitutes:
        _check_ref(document, ref)
        if document.series and document.series == ref.series:
            raise RuleBroken(
                "substitute_series",
                _("La factura completa no puede ir en la serie de la simplificada %(number)s.")
                % {"number": ref.number},
                "art. 6.1.a RD 1619/2012",
                field="series",
            )
        if ref.kind and ref.kind not in _SIMPLIFIED:
            raise RuleBroken(
                "substitutes_full",
                _("%(number)s no es una factura simplificada.") % {"number": ref.number},
                "AEAT 1116",
            )


def _check_ref(document: Document, ref: InvoiceRef) -> None:
    if not ref.number.strip() or ref.issue_date is None:
        raise RuleBroken(
            "reference_incomplete",
            _("Falta el número o la fecha de la factura de referencia."),
            "art. 15.4 RD 1619/2012",
        )
    if ref.number == document.number:
        raise RuleBroken(
            "reference_itself",
            _("Una factura no puede rectificarse ni sustituirse a sí misma."),
            "art. 15.4 RD 1619/2012",
        )
    if ref.issue_date > document.issue_date:
        raise RuleBroken(
            "reference_later",
            _("La factura %(number)s es posterior a esta.") % {"number": ref.number},
            "art. 15.3 RD 1619/2012",
            field="issue_date",
        )
