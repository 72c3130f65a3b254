"""Kind, number, dates, currency, retention and amounts of the document as a whole."""

import re
from datetime import date
from decimal import Decimal

from lonja.kit.dates import format_date, month_label
from lonja.kit.money import format_percent
from lonja.kit.words import _
from lonja.tax import invoicing
from lonja.tax.documents import Document
from lonja.tax.rules.broken import RuleBroken
from lonja.tax.totals import Totals
from lonja.tax.withholding import withholding_percentages

KINDS = ("F1", "F2", "F3", "R1", "R2", "R3", "R4", "R5")
_FUTURE_REGIMES = ("14", "15")
_FUTURE_TAXES = ("01", "03")
_FORBIDDEN = frozenset("\"'<>=")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST = Decimal("999999999999.99")


def check(document: Document, today: date) -> None:
    """The heading of the document."""
    if document.kind not in KINDS:
        raise RuleBroken(
            "kind_unknown",
            _("«%(kind)s» no es un tipo de factura.") % {"kind": document.kind},
            "AEAT 1106",
        )
    check_number(document.number)
    _check_issue_date(document, today)
    _check_operation_dates(document, today)
    _check_marks(document)
    _check_month(document)
    _check_currency(document)
    _check_withholding(document)
    _check_global_discount(document)


def check_number(number: str) -> None:
    """NumSerieFactura: 1 to 60 printable ASCII characters without ``" ' < > =``. A series is
    checked with it before it is ever used."""
    if not number.strip():
        raise RuleBroken(
            "number_missing",
            _("Falta el número de la factura."),
            "art. 6.1.a RD 1619/2012",
            field="number",
        )
    if len(number) > invoicing.MAX_NUMBER:
        raise RuleBroken(
            "number_too_long",
            _("El número de factura pasa de %(most)s caracteres.") % {"most": invoicing.MAX_NUMBER},
            "AEAT 1104",
            field="number",
        )
    wrong = sorted({c for c in number if not " " <= c <= "~" or c in _FORBIDDEN})
    if wrong or number != number.strip():
        shown = " ".join(wrong) or "espacios al principio o al final"
        raise RuleBroken(
            "number_characters",
            _(
                "El número de factura no puede llevar: %(shown)s. Usa letras sin "
                "acento, cifras, guiones y barras."
            )
            % {"shown": shown},
            "AEAT 1130",
            field="number",
        )


def check_amounts(document: Document, totals: Totals) -> None:
    """Limits of the record that need the totals."""
    if len(totals.groups) > invoicing.MAX_BREAKDOWN:
        raise RuleBroken(
            "breakdown_too_long",
            _(
                "La factura mezcla %(n)s formas de tributar y el máximo son %(most)s. "
                "Divídela en varias."
            )
            % {"n": len(totals.groups), "most": invoicing.MAX_BREAKDOWN},
            "Orden HAC/1177/2024, Desglose",
        )
    if abs(totals.total) > _LARGEST or abs(totals.base_total) > _LARGEST:
        raise RuleBroken(
            "amount_too_large",
            _("El importe no cabe en el registro de facturación."),
            "Orden HAC/1177/2024, ImporteTotal",
        )
    amount = document.global_discount_amount
    whole = totals.global_discount + sum(
        (g.total if document.prices_include_tax else g.base) for g in totals.groups
    )
    if amount and not document.is_corrective and amount > whole:
        raise RuleBroken(
            "discount_too_large",
            _("El descuento global es mayor que el importe de las líneas."),
            "art. 78.Tres.2.º LIVA",
            field="global_discount_amount",
        )


def _check_issue_date(document: Document, today: date) -> None:
    issued = document.issue_date
    if issued > today:
        raise RuleBroken(
            "issue_date_future",
            _("La fecha de expedición (%(issued)s) es posterior a hoy.")
            % {"issued": format_date(issued)},
            "AEAT 1112",
            field="issue_date",
        )
    if issued < invoicing.FIRST_ISSUE_DATE:
        raise RuleBroken(
            "issue_date_too_old",
            _("La fecha de expedición no puede ser anterior al %(first)s.")
            % {"first": format_date(invoicing.FIRST_ISSUE_DATE)},
            "AEAT 1152",
            field="issue_date",
        )


def _check_operation_dates(document: Document, today: date) -> None:
    oldest = invoicing.add_years(today, -invoicing.OLDEST_YEARS)
    own = document.operation_date
    pairs = [(own, document.taxed_lines)] if own else []
    pairs += [
        (line.operation_date, (line,)) for line in document.taxed_lines if line.operation_date
    ]
    for day, lines in pairs:
        if day < oldest:
            raise RuleBroken(
                "operation_date_too_old",
                _("La fecha de operación (%(day)s) tiene más de 20 años.")
                % {"day": format_date(day)},
                "AEAT 1134",
                field="operation_date",
            )
        may_come = lines and all(
            line.regime in _FUTURE_REGIMES and line.tax in _FUTURE_TAXES for line in lines
        )
        if day > document.issue_date and not may_come:
            raise RuleBroken(
                "operation_date_after_issue",
                _("La fecha de operación (%(day)s) es posterior a la de expedición.")
                % {"day": format_date(day)},
                "AEAT 1146",
                field="operation_date",
            )


def _check_marks(document: Document) -> None:
    if document.qualified and document.kind not in ("F1", "F3", "R1", "R2", "R3", "R4"):
        raise RuleBroken(
            "qualified_kind",
            _("Una simplificada cualificada se registra como F1, no como F2."),
            "AEAT 1183",
        )
    if document.unidentified and document.kind not in ("F2", "R5"):
        raise RuleBroken(
            "unidentified_kind",
            _("Solo una F2 o una R5 pueden ir sin identificar al destinatario."),
            "AEAT 1185",
        )
    if len(document.description) > invoicing.MAX_DESCRIPTION:
        raise RuleBroken(
            "description_too_long",
            _("La descripción de la operación pasa de %(most)s caracteres.")
            % {"most": invoicing.MAX_DESCRIPTION},
            "Orden HAC/1177/2024, DescripcionOperacion",
            field="description",
        )


def _check_month(document: Document) -> None:
    """Recapitulativas: one recipient, one calendar month, and in time (art. 13)."""
    if document.kind not in ("F1", "F2"):
        return
    dates = {
        line.operation_date
        for line in document.taxed_lines
        if line.operation_date and line.regime not in _FUTURE_REGIMES
    }
    if not document.recapitulative and len(dates) < 2:
        return
    if document.operation_date and document.recapitulative:
        dates.add(document.operation_date)
    dates = dates or {document.issue_date}
    if len({(day.year, day.month) for day in dates}) > 1:
        raise RuleBroken(
            "recap_across_months",
            _(
                "Una factura recapitulativa solo reúne operaciones del mismo mes "
                "natural. Haz una factura por cada mes."
            ),
            "art. 13.1 RD 1619/2012",
        )
    if len(document.recipients) > 1:
        raise RuleBroken(
            "recap_recipients",
            _("Una factura recapitulativa es para un solo destinatario."),
            "art. 13.1 RD 1619/2012",
        )
    to_business = bool(document.recipients) and document.recipients[0].is_consumer is not True
    month = max(dates)
    last = invoicing.recap_deadline(month, to_business=to_business)
    if document.issue_date > last:
        raise RuleBroken(
            "recap_late",
            _(
                "La recapitulativa de %(month)s se podía expedir hasta el %(last)s. "
                "Factura cada operación por separado."
            )
            % {"month": month_label(month), "last": format_date(last)},
            "art. 13.2 RD 1619/2012",
            field="issue_date",
        )


def _check_currency(document: Document) -> None:
    if not _CURRENCY.fullmatch(document.currency):
        raise RuleBroken(
            "currency_unknown",
            _("«%(currency)s» no es el código de una moneda.") % {"currency": document.currency},
            "ISO 4217",
            field="currency",
        )
    if document.currency != "EUR" and not (document.exchange_rate and document.exchange_rate > 0):
        raise RuleBroken(
            "exchange_rate_missing",
            _("Falta el tipo de cambio: la cuota del impuesto tiene que ir en euros."),
            "art. 12.1 RD 1619/2012",
            field="exchange_rate",
        )


def _check_withholding(document: Document) -> None:
    percent = document.withholding_pct
    if not percent:
        return
    if percent not in withholding_percentages(document.issue_date):
        raise RuleBroken(
            "withholding_unknown",
            _("No hay ninguna retención de IRPF del %(percent)s.")
            % {"percent": format_percent(percent)},
            "art. 101 Ley 35/2006; art. 95 RIRPF",
            field="withholding_pct",
        )
    consumer = any(party.is_consumer for party in document.recipients)
    if document.kind in ("F2", "R5") or consumer:
        raise RuleBroken(
            "withholding_consumer",
            _("Un consumidor no practica retención: quítala o identifica a la empresa que paga."),
            "art. 76 RD 439/2007",
            field="withholding_pct",
        )


def _check_global_discount(document: Document) -> None:
    percent, amount = document.global_discount_pct, document.global_discount_amount
    if (percent is not None and not 0 <= percent <= 100) or (amount is not None and amount < 0):
        raise RuleBroken(
            "discount_out_of_range",
            _("El descuento global tiene que estar entre 0 y el importe de las líneas."),
            "art. 78.Tres.2.º LIVA",
            field="global_discount_pct",
        )
