"""Rectificativas: from the answers of a person to a draft, and what may not be corrected twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.language import kept
from lonja.accounts.models import Company, Membership
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.named import exchanged_by
from lonja.billing.kinds import R1, R2, R3, R4, R5, kind_of
from lonja.billing.left import left_of, lines_left
from lonja.billing.models import (
    Correction,
    Invoice,
    InvoiceReference,
    ReferenceRole,
    Status,
)
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.tax.rules.corrections import correction_deadline


@dataclass(frozen=True)
class Cause:
    """Why an invoice is corrected: the kind it leads to, how it is usually done and the article.

    `proposed`: the reason as it is printed, unless another is written.
    """

    code: str
    label: object
    kind: str
    correction: Correction
    article: str
    proposed: object


_BY_DIFFERENCES, _BY_SUBSTITUTION = Correction.DIFFERENCES, Correction.SUBSTITUTION

CAUSES: dict[str, Cause] = {
    cause.code: cause
    for cause in (
        Cause(
            "return",
            gettext_lazy("Me devuelven productos, o la venta se anula en todo o en parte"),
            R1,
            _BY_DIFFERENCES,
            "art. 80.Dos LIVA; art. 15.2 RD 1619/2012",
            gettext_lazy("Devolución"),
        ),
        Cause(
            "packaging",
            gettext_lazy("Me devuelven envases o embalajes reutilizables"),
            R1,
            _BY_DIFFERENCES,
            "art. 80.Uno.1.º LIVA; art. 15.2 RD 1619/2012",
            gettext_lazy("Devolución de envases"),
        ),
        Cause(
            "discount",
            gettext_lazy("Le hago un descuento después de facturar"),
            R1,
            _BY_DIFFERENCES,
            "art. 80.Uno.2.º LIVA; art. 15.2 RD 1619/2012",
            gettext_lazy("Descuento posterior a la operación"),
        ),
        Cause(
            "price",
            gettext_lazy("El precio cambia, o era provisional"),
            R1,
            _BY_DIFFERENCES,
            "arts. 80.Dos y 80.Seis LIVA; art. 15.2 RD 1619/2012",
            gettext_lazy("Cambio de precio"),
        ),
        Cause(
            "tax",
            gettext_lazy("El impuesto estaba mal: tipo, exención, recargo…"),
            R1,
            _BY_SUBSTITUTION,
            "art. 15.2 RD 1619/2012",
            gettext_lazy("Impuesto determinado incorrectamente"),
        ),
        Cause(
            "insolvency",
            gettext_lazy("El cliente está en concurso de acreedores"),
            R2,
            _BY_DIFFERENCES,
            "art. 80.Tres LIVA; art. 15.2 RD 1619/2012",
            gettext_lazy("Concurso de acreedores del destinatario"),
        ),
        Cause(
            "unpaid",
            gettext_lazy("No me ha pagado y el crédito es incobrable"),
            R3,
            _BY_DIFFERENCES,
            "art. 80.Cuatro LIVA; art. 15.2 RD 1619/2012",
            gettext_lazy("Crédito incobrable"),
        ),
        Cause(
            "data",
            gettext_lazy("Hay datos equivocados: nombre, NIF, dirección, concepto…"),
            R4,
            _BY_SUBSTITUTION,
            "art. 15.1 RD 1619/2012",
            gettext_lazy("Datos incorrectos en la factura"),
        ),
    )
}


def kind_for(cause: Cause, originals: Iterable[Invoice]) -> str:
    """R5 for simplificadas, whatever the cause; otherwise that of the cause."""
    simplified = any(kind_of(one.kind).legal in ("F2", "R5") for one in originals)
    return R5 if simplified else cause.kind


def deadline_of(invoice: Invoice) -> date:
    """The last day to correct it without a circumstance of art. 80 (RD 1619/2012 art. 15.3)."""
    return correction_deadline(invoice.operation_on or invoice.issued_on)


def refuse_unless_correctable(originals: Sequence[Invoice]) -> None:
    """Raises Refused when these invoices cannot be corrected together, or nothing is left."""
    if not originals:
        raise Refused("corrected_missing", _("Elige la factura que se rectifica."))
    first = originals[0]
    for one in originals:
        if one.status != Status.ISSUED:
            raise Refused(
                "not_issued", _("Solo se rectifican facturas emitidas: un borrador se edita.")
            )
        same = one.party_id == first.party_id or one.party.root_id == first.party.root_id
        if not same or one.company_id != first.company_id:
            raise Refused(
                "correct_other_party",
                _("Una rectificativa corrige facturas de un solo cliente y una sola empresa."),
            )
        simple = kind_of(one.kind).legal in ("F2", "R5")
        if simple != (kind_of(first.kind).legal in ("F2", "R5")):
            raise Refused(
                "corrective_kind",
                _(
                    "Las simplificadas se rectifican aparte de las completas (R5, art. 15 del RD "
                    "1619/2012). Haz una rectificativa para cada clase."
                ),
            )
        exchanged = exchanged_by([one.pk])
        if exchanged is not None:
            raise Refused(
                "correct_exchanged",
                _("%(number)s se cambió por la factura %(full)s: rectifica esa.")
                % {"number": one.number, "full": exchanged.number},
            )
        settings = ("currency", "exchange_rate", "prices_include_tax", "surcharge")
        unlike = any(getattr(one, name) != getattr(first, name) for name in settings)
        if unlike or (one.withholding_pct or 0) != (first.withholding_pct or 0):
            raise Refused(
                "correct_unlike",
                _(
                    "%(one)s y %(other)s no llevan la misma moneda, la misma retención, el mismo "
                    "recargo o los impuestos puestos de la misma forma. Rectifícalas por separado."
                )
                % {"one": first.number, "other": one.number},
            )


@transaction.atomic
def start_correction(
    originals: Sequence[Invoice],
    cause: Cause,
    *,
    correction: str,
    reason: str,
    on: date,
    art80_circumstance: str = "",
    art80_on: date | None = None,
    by: Membership | None,
) -> Invoice:
    """The draft of a rectificativa with its lines ready: by differences, all that is left with the
    opposite sign; by substitution, the amounts as they stand, to be changed.

    Its operation date is that of the original, so that its rates apply. Raises Refused.
    """
    refuse_unless_correctable(originals)
    first = originals[0]
    left = left_of(originals)
    by_substitution = correction == Correction.SUBSTITUTION
    if left.is_nothing:
        raise Refused(
            "nothing_left",
            _("De %(number)s no queda nada por rectificar: ya se rectificó entera.")
            % {"number": ", ".join(one.number for one in originals)},
        )
    days = {one.operation_on or one.issued_on for one in originals}
    day = days.pop() if len(days) == 1 else None
    invoice = Invoice(
        company=first.company,
        party=first.party,
        kind=kind_for(cause, originals),
        issued_on=on,
        operation_on=day,
        due_on=first.party.due_on(on, first.company.payment_terms_days),
        payment_method=first.payment_method,
        currency=first.currency,
        exchange_rate=first.exchange_rate,
        prices_include_tax=first.prices_include_tax,
        surcharge=first.surcharge,
        withholding_pct=first.withholding_pct,
        correction=correction,
        correction_reason=reason or kept(cause.proposed),
        art80_circumstance=art80_circumstance,
        art80_on=art80_on,
        message="",
        agent_id=first.agent_id,
    )
    if by_substitution:
        invoice.corrected_base_cents = left.base_cents
        invoice.corrected_tax_cents = left.tax_cents
        invoice.corrected_surcharge_cents = left.surcharge_cents or None
    lines = lines_left(left, sign=1 if by_substitution else -1, surcharge=first.surcharge, day=day)
    references = [reference_to(one, ReferenceRole.CORRECTS) for one in originals]
    return save_draft(invoice, lines, references=references, by=by)


@transaction.atomic
def start_rebate(
    party: Party, company: Company, *, period: str, reason: str, on: date, by: Membership | None
) -> Invoice:
    """The draft of a rectificativa for a volume rebate: it names no invoice but a period
    (RD 1619/2012 art. 15.4). Its lines are written in the editor."""
    invoice = Invoice(
        company=company,
        party=party,
        kind=R1,
        issued_on=on,
        due_on=party.due_on(on, company.payment_terms_days),
        payment_method=party.payment_method,
        correction=Correction.DIFFERENCES,
        correction_reason=reason,
        corrected_period=period,
        withholding_pct=party.withholding_pct,
        surcharge=party.surcharge,
    )
    return save_draft(invoice, [], references=[], by=by)


def reference_to(invoice: Invoice, role: str) -> InvoiceReference:
    """How another invoice names this one; not saved."""
    return InvoiceReference(
        role=role,
        target=invoice,
        number=invoice.number,
        issued_on=invoice.issued_on,
        operation_on=invoice.operation_on,
        legal=kind_of(invoice.kind).legal,
    )
