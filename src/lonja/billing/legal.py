"""An invoice as the law looks at it: what `lonja.tax` checks before it is issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, InvoiceReference, ReferenceRole
from lonja.kit.errors import Refused
from lonja.kit.money import from_cents
from lonja.parties.actions.vies import last_check
from lonja.parties.models import IdType, Party
from lonja.parties.models import Kind as PartyKind
from lonja.parties.terms import parse_terms
from lonja.tax import CorrectedAmounts, Document, InvoiceRef, RuleBroken, TaxLine, Totals
from lonja.tax import Party as TaxParty
from lonja.tax import check_document as check

# Fields of the law's document whose name on the draft is another.
_FIELDS = {
    "issue_date": "issued_on",
    "operation_date": "operation_on",
    "recipient": "party",
    "nif": "party",
    "name": "party",
    "address": "party",
    "id_number": "party",
    "id_type": "party",
    "country": "party",
    "description": "lines",
    "regime": "lines",
    "global_discount_amount": "global_discount_cents",
}


def legal_document(
    invoice: Invoice,
    taxed: Sequence[TaxLine],
    issued_on: date,
    references: Sequence[InvoiceReference] = (),
) -> Document:
    """The document that the rules judge. The number is not known yet: the series answers for it."""
    kind = kind_of(invoice.kind)
    amounts = None
    if invoice.corrected_base_cents is not None:
        amounts = CorrectedAmounts(
            from_cents(invoice.corrected_base_cents),
            from_cents(invoice.corrected_tax_cents or 0),
            from_cents(invoice.corrected_surcharge_cents)
            if invoice.corrected_surcharge_cents is not None
            else None,
        )
    return Document(
        kind=kind.legal,
        number=invoice.number or "0",
        issue_date=issued_on,
        issuer=TaxParty(
            invoice.company.legal_name,
            nif=invoice.company.nif,
            address=", ".join(invoice.company.address_lines),
        ),
        recipients=(_recipient(invoice, issued_on),) if kind.names_recipient else (),
        lines=tuple(taxed),
        operation_date=invoice.operation_on,
        global_discount_pct=invoice.global_discount_pct or None,
        global_discount_amount=from_cents(invoice.global_discount_cents) or None,
        prices_include_tax=invoice.prices_include_tax,
        withholding_pct=invoice.withholding_pct or None,
        advances=from_cents(invoice.advance_cents),
        activity=invoice.company.activity,
        correction=invoice.correction,
        corrects=_refs(references, ReferenceRole.CORRECTS),
        corrected_period=invoice.corrected_period,
        corrected_amounts=amounts,
        art_80_date=invoice.art80_on,
        substitutes=_refs(references, ReferenceRole.SUBSTITUTES),
        qualified=kind.qualified,
        recapitulative=kind.recapitulates,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
        due_date=last_due(invoice, issued_on),
    )


def last_due(invoice: Invoice, issued_on: date) -> date | None:
    """The last day to pay: of its terms, or its own."""
    try:
        terms = parse_terms(invoice.instalment_terms)
    except Refused:
        terms = []
    if terms:
        return issued_on + timedelta(days=terms[-1].days)
    return invoice.due_on


def refuse_unless_lawful(document: Document, totals: Totals, *, today: date) -> None:
    """Raises Refused with the first rule that the document breaks, on the field of the draft."""
    try:
        check(document, today=today, totals=totals)
    except RuleBroken as broken:
        field = _FIELDS.get(broken.field, broken.field) or "lines"
        raise Refused(broken.code, str(broken), field=field, fields={field: str(broken)}) from None


def _recipient(invoice: Invoice, issued_on: date) -> TaxParty:
    party, accepted_on = invoice.party, invoice.party.einvoice_consent_on
    by_nif = party.id_type == "nif"
    return TaxParty(
        party.name,
        nif=party.nif if by_nif else "",
        address=", ".join(party.address_lines),
        id_type="" if by_nif else party.id_type,
        id_number="" if by_nif else party.nif,
        country=party.country,
        is_consumer=party.kind == PartyKind.CONSUMER,
        accepts_electronic=accepted_on is not None and accepted_on <= issued_on,
        vat_confirmed=_confirmed(party),
    )


def _confirmed(party: Party) -> bool:
    """Whether VIES said that its number is registered, and we keep the answer."""
    if party.id_type != IdType.VAT_EU:
        return False
    check = last_check(party)
    return check is not None and check.valid


def _refs(references: Sequence[Any], role: ReferenceRole) -> tuple[InvoiceRef, ...]:
    return tuple(
        InvoiceRef(
            row.number,
            row.issued_on,
            row.operation_on,
            kind=row.legal,
        )
        for row in references
        if row.role == role
    )
