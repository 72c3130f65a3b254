"""«¿Qué factura necesito?»: three plain questions lead to a kind of invoice, with its article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.models import Company
from lonja.billing.kinds import ORDINARY, PROFORMA, QUALIFIED, RECAP, SIMPLIFIED, SUBSTITUTE
from lonja.tax import invoicing
from lonja.tax.dated import value_on

PURPOSES = (
    ("sale", gettext_lazy("Cobrar una venta o un servicio")),
    ("month", gettext_lazy("Juntar las entregas de un mes a un cliente")),
    ("correct", gettext_lazy("Corregir, descontar o anular una factura ya emitida")),
    ("exchange", gettext_lazy("Cambiar uno o varios tiques por una factura completa")),
    ("offer", gettext_lazy("Enseñar el precio antes de vender")),
)
BUYERS = (
    ("business", gettext_lazy("Una empresa o un profesional")),
    ("consumer", gettext_lazy("Un particular")),
)
AMOUNTS = (
    ("low", gettext_lazy("Hasta 400 €")),
    ("middle", gettext_lazy("De 400 € a 3.000 €")),
    ("high", gettext_lazy("Más de 3.000 €")),
)
CORRECTIVE = "corrective"  # the kind depends on the invoice: its own questions decide


@dataclass(frozen=True)
class Advice:
    """The kind that fits, why in plain words, and the article that says so."""

    kind: str
    why: str
    article: str


def advise(purpose: str, buyer: str, amount: str, *, company: Company | None, on: date) -> Advice:
    """The kind of invoice for what a person wants to do. Unknown answers lead to the ordinary one,
    which is always valid."""
    if purpose == "correct":
        return Advice(
            CORRECTIVE,
            _("Una rectificativa. Ábrela desde la factura que se corrige: preguntará qué pasó."),
            "art. 15 RD 1619/2012",
        )
    if purpose == "exchange":
        return Advice(
            SUBSTITUTE,
            _("Una factura en sustitución de simplificadas. No suma más IVA: cambia los tiques."),
            "art. 15 RD 1619/2012",
        )
    if purpose == "offer":
        return Advice(
            PROFORMA,
            _("Una proforma o un presupuesto. No son facturas: ni se declaran ni llevan QR."),
            "art. 2 RD 1619/2012",
        )
    if purpose == "month":
        return Advice(
            RECAP,
            _(
                "Una recapitulativa: las operaciones de un cliente en un mes natural, antes del "
                "día 16 del siguiente si es empresa, o en el mismo mes si es particular."
            ),
            "art. 13 RD 1619/2012",
        )
    limit, listed = _limit(company, on)
    fits = {"low": Decimal(400), "middle": Decimal(3000)}.get(amount)
    if fits is None or fits > limit:
        why = _("La ordinaria: por su importe tiene que ser completa.")
        if amount == "middle" and not listed:
            why = _(
                "La ordinaria. Hasta 3.000 € solo vale la simplificada en las actividades del "
                "art. 4.2: si la tuya es una, dilo en Configuración › Empresa."
            )
        return Advice(ORDINARY, why, "arts. 2 y 4 RD 1619/2012")
    article = "art. 4.2 RD 1619/2012" if fits > 400 else "art. 4.1.a RD 1619/2012"
    if buyer == "business":
        return Advice(
            QUALIFIED,
            _(
                "Una simplificada cualificada: un tique con el NIF y el domicilio de quien compra "
                "y la cuota aparte, para que pueda deducirla. La ordinaria también vale."
            ),
            f"art. 7.2 y {article}",
        )
    return Advice(
        SIMPLIFIED,
        _("Una simplificada: sin datos del cliente y con los precios como los ve."),
        article,
    )


def _limit(company: Company | None, on: date) -> tuple[Decimal, bool]:
    listed = bool(company and company.activity in invoicing.SIMPLIFIED_ACTIVITIES)
    rows = invoicing.SIMPLIFIED_LIMIT_ACTIVITIES if listed else invoicing.SIMPLIFIED_LIMIT
    return value_on(rows, on) or Decimal(400), listed
