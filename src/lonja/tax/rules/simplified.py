"""When a factura simplificada may be issued (art. 4 RD 1619/2012)."""

from lonja.kit.money import format_eur
from lonja.kit.text import search_text
from lonja.kit.words import _
from lonja.tax import invoicing
from lonja.tax.dated import value_on
from lonja.tax.documents import Document
from lonja.tax.rules.broken import RuleBroken
from lonja.tax.totals import Totals


def check(document: Document, totals: Totals) -> None:
    """Limits and forbidden operations of a simplificada, also when *cualificada* (art. 7.2)."""
    if document.unidentified or not (
        document.kind == "F2" or (document.qualified and document.kind == "F1")
    ):
        return
    for line in document.taxed_lines:
        if line.exemption == "E5":
            raise RuleBroken(
                "intra_eu_simplified",
                _("Una entrega intracomunitaria no puede ir en factura simplificada."),
                "art. 4.4.a RD 1619/2012",
            )
        if line.tax == "01" and line.regime == "17":
            raise RuleBroken(
                "distance_simplified",
                _("Una venta a distancia a otro país no puede ir en factura simplificada."),
                "art. 4.4.b RD 1619/2012",
            )
        if line.qualification == "N2":
            raise RuleBroken(
                "abroad_simplified",
                _("Una operación localizada fuera no puede ir en factura simplificada."),
                "art. 4.4 RD 1619/2012",
            )
    listed = activity_code(document.activity) != ""
    rows = invoicing.SIMPLIFIED_LIMIT_ACTIVITIES if listed else invoicing.SIMPLIFIED_LIMIT
    limit = value_on(rows, document.issue_date)
    if document.currency != "EUR" and document.exchange_rate:
        totals = totals.in_euros(document.exchange_rate)
    if limit is not None and totals.total > limit:
        hint = (
            ""
            if listed
            else " "
            + _(
                "Las actividades del art. 4.2 llegan a 3.000 €: si la tuya lo es, dilo en "
                "Configuración › Datos de la empresa."
            )
        )
        raise RuleBroken(
            "simplified_over_limit",
            _(
                "Una factura simplificada llega a %(limit)s con impuestos y esta suma "
                "%(total)s.%(hint)s Haz una factura completa."
            )
            % {"limit": format_eur(limit), "total": format_eur(totals.total), "hint": hint},
            "art. 4.2 RD 1619/2012" if listed else "art. 4.1.a RD 1619/2012",
        )


def activity_code(text: str) -> str:
    """The code in ``SIMPLIFIED_ACTIVITIES`` of an activity given by code or in words, or empty
    when it is not one of art. 4.2."""
    if text in invoicing.SIMPLIFIED_ACTIVITIES:
        return text
    words = search_text(text.replace("_", " "))
    if "4.2" in words or "art 4 2" in words:
        return "retail"
    if not words or "mayor" in words.split():
        return ""
    for code, (_name, hints) in invoicing.SIMPLIFIED_ACTIVITIES.items():
        if any(hint in words for hint in hints):
            return code
    return ""
