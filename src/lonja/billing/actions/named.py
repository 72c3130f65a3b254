"""What a document that names others may still do to them: each is corrected, exchanged or deducted
once, and never beyond what is left. Their rows are locked first."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from lonja.billing.calculation import tax_line
from lonja.billing.kinds import kind_of
from lonja.billing.left import Left, group_of, left_of
from lonja.billing.models import (
    Correction,
    Invoice,
    InvoiceReference,
    ReferenceRole,
    Status,
)
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents, round_cents, to_cents
from lonja.tax.totals import Totals, line_net


def refuse_unless_fits(
    invoice: Invoice, references: Sequence[InvoiceReference], totals: Totals
) -> None:
    """Check a rectificativa being issued against what is left of what it corrects, and take note
    of what it replaces. `totals` in euros.

    The invoices it names are locked first: of two people correcting the same, the second is told.
    """
    if invoice.art80_circumstance and invoice.art80_on is None:
        raise Refused(
            "art80_date_missing",
            _("Falta la fecha de la circunstancia del art. 80 LIVA que alegas."),
            field="art80_on",
        )
    if invoice.art80_on is not None:
        _check_art80(invoice)
    if invoice.corrected_period and not references and totals.total > 0:
        raise Refused(
            "rebate_positive",
            _(
                "Un rappel baja lo que se facturó y este lo sube: escribe las cantidades en "
                "negativo."
            ),
            field="lines",
        )
    targets = _locked_targets(references, ReferenceRole.CORRECTS)
    if not targets:
        return
    if any(one.status != Status.ISSUED for one in targets):
        raise Refused("not_issued", _("Solo se rectifican facturas emitidas."))
    exchanged = exchanged_by([one.pk for one in targets])
    if exchanged is not None:
        raise Refused(
            "correct_exchanged",
            _("Ese tique se cambió por la factura %(full)s: rectifica esa.")
            % {"full": exchanged.number},
        )
    if kind_of(invoice.kind).keeps_recipient and any(
        one.party_id != invoice.party_id and one.party.root_id != invoice.party.root_id
        for one in targets
    ):
        raise Refused(
            "correct_other_party",
            _("La rectificativa es para otro cliente que la factura que rectifica."),
            field="party",
        )
    _refuse_another_debtor(invoice, targets)
    left = left_of(targets)
    names = ", ".join(one.number for one in targets)
    if invoice.correction == Correction.SUBSTITUTION:
        said = (
            invoice.corrected_base_cents or 0,
            invoice.corrected_tax_cents or 0,
            invoice.corrected_surcharge_cents or 0,
        )
        if said != (left.base_cents, left.tax_cents, left.surcharge_cents):
            raise Refused(
                "correction_stale",
                _(
                    "%(names)s se rectificó después de preparar este borrador: ahora quedan "
                    "%(left)s. Borra el borrador y empieza la rectificativa otra vez."
                )
                % {"names": names, "left": format_eur(from_cents(left.total_cents))},
            )
        invoice.replaced_base_cents = left.base_cents
        invoice.replaced_total_cents = left.total_cents
        invoice.replaced_cents = left.charged_cents
        return
    whole = sum(one.total_cents for one in targets)
    for group in totals.groups:
        added, stands = to_cents(group.total), sum(left.groups.get(group_of(group), (0, 0, 0)))
        against = stands or (1 if whole >= 0 else -1)
        if added * against < 0 and abs(added) > abs(stands):
            told = _(
                "De %(names)s quedan %(left)s por rectificar con ese impuesto y aquí se "
                "quitan %(added)s. Revisa las cantidades."
            )
            raise _too_large(told, names, stands, added)
    paid, back = _disbursed(left, invoice), to_cents(totals.disbursements)
    if back < 0 and -back > max(0, paid):
        told = _(
            "De los suplidos de %(names)s quedan %(left)s y aquí se quitan %(added)s. Revisa las "
            "cantidades."
        )
        raise _too_large(told, names, paid, back)


def _too_large(text: str, names: str, left: int, added: int) -> Refused:
    """`left` and `added` in cents."""
    facts = {
        "names": names,
        "left": format_eur(from_cents(left)),
        "added": format_eur(from_cents(abs(added))),
    }
    return Refused("correction_too_large", text % facts, field="lines")


def _disbursed(left: Left, invoice: Invoice) -> int:
    """Cents of *suplidos* that stand, in euros: they are in no way of being taxed."""
    own = sum(line_net(tax_line(line, day)) for line, day in left.lines if line.is_disbursement)
    return to_cents(round_cents(own * (invoice.exchange_rate or 1)))


def _refuse_another_debtor(invoice: Invoice, targets: Sequence[Invoice]) -> None:
    """What puts the name of the client right moves no debt: who was billed would still owe it."""
    mine = {invoice.party_id, invoice.party.root_id}
    others = [one for one in targets if not mine & {one.party_id, one.party.root_id}]
    owed = [one for one in others if one.outstanding_cents > 0]
    by_differences = invoice.correction == Correction.DIFFERENCES
    if owed or (others and by_differences):
        one = (owed or others)[0]
        raise Refused(
            "correct_other_debtor",
            _(
                "%(number)s es de %(old)s, que la seguiría debiendo. Si la venta era de otro "
                "cliente, anúlala con una rectificativa («la venta se anula») y haz una factura "
                "nueva a %(new)s."
            )
            % {"number": one.number, "old": one.party.name, "new": invoice.party.name},
            field="party",
        )


def _check_art80(invoice: Invoice) -> None:
    if not invoice.art80_circumstance.strip():
        raise Refused(
            "art80_circumstance_missing",
            _("Di qué circunstancia del art. 80 LIVA permite rectificar fuera de los cuatro años."),
            field="art80_circumstance",
        )
    if invoice.art80_on is not None and invoice.art80_on > invoice.issued_on:
        raise Refused(
            "art80_future",
            _("La circunstancia del art. 80 LIVA no puede ser posterior a la rectificativa."),
            field="art80_on",
        )


def refuse_unless_exchangeable(invoice: Invoice, references: Sequence[InvoiceReference]) -> None:
    """Check that the receipts of an F3 being issued were not exchanged before, and take note of
    what it replaces. They are locked first. Raises Refused."""
    targets = _locked_targets(references, ReferenceRole.SUBSTITUTES)
    used = _named_elsewhere(invoice, targets, ReferenceRole.SUBSTITUTES)
    if used is not None:
        raise Refused(
            "already_exchanged",
            _("El tique %(number)s ya se cambió por la factura %(full)s.")
            % {"number": used.number, "full": used.invoice.number},
        )
    if targets:
        left = left_of(targets)
        invoice.replaced_base_cents = left.base_cents
        invoice.replaced_total_cents = left.total_cents
        invoice.replaced_cents = left.charged_cents


def refuse_unless_advances(invoice: Invoice, references: Sequence[InvoiceReference]) -> None:
    """Check that the advances deducted are of this client and were not deducted before, and that
    a discount in per cent of everything does not make them smaller."""
    targets = _locked_targets(references, ReferenceRole.ADVANCE)
    if targets and invoice.global_discount_pct:
        raise Refused(
            "advance_discounted",
            _(
                "El descuento en % de toda la factura rebajaría también el anticipo que "
                "descuentas. Ponlo en cada concepto, o como importe."
            ),
            field="global_discount_pct",
        )
    for one in targets:
        same = one.party_id == invoice.party_id or one.party.root_id == invoice.party.root_id
        if one.status != Status.ISSUED or not same:
            raise Refused(
                "advance_other_party",
                _("%(number)s no es un anticipo emitido a este cliente.") % {"number": one.number},
            )
    used = _named_elsewhere(invoice, targets, ReferenceRole.ADVANCE)
    if used is not None:
        raise Refused(
            "advance_used",
            _("El anticipo %(number)s ya se descontó en la factura %(full)s.")
            % {"number": used.number, "full": used.invoice.number},
        )


def exchanged_by(receipt_ids: Sequence[int]) -> Invoice | None:
    """The issued F3 that took the place of one of those receipts, or None."""
    rows = InvoiceReference.objects.filter(
        role=ReferenceRole.SUBSTITUTES,
        target_id__in=receipt_ids,
        invoice__status=Status.ISSUED,
    )
    found = rows.select_related("invoice").first()
    return found.invoice if found is not None else None


def _locked_targets(references: Sequence[InvoiceReference], role: str) -> list[Invoice]:
    ids = sorted({r.target_id for r in references if r.role == role and r.target_id is not None})
    if not ids:
        return []
    rows = Invoice.objects.select_for_update().filter(pk__in=ids)
    return list(rows.order_by("pk"))


def _named_elsewhere(
    invoice: Invoice, targets: Sequence[Invoice], role: str
) -> InvoiceReference | None:
    if not targets:
        return None
    rows = InvoiceReference.objects.filter(
        role=role, target__in=targets, invoice__status=Status.ISSUED
    )
    return rows.exclude(invoice_id=invoice.pk).select_related("invoice").first()
