"""Presupuestos of an oferta: made from it, alternatives of each other, joined to it later."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.sales.actions.edit import create_quote, duplicate_quote
from lonja.sales.actions.locking import locked_quote
from lonja.sales.actions.opportunities import create_opportunity, follow_quotes
from lonja.sales.models import Opportunity, Quote

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@transaction.atomic
def quote_for(
    opportunity: Opportunity, *, by: Membership | None, alternative: bool = False
) -> Quote:
    """A draft with the client, title, agent, probability and date of the oferta.

    `alternative`: the customer will accept one of these, so it gets a name («B») and an only
    presupuesto without one becomes «A». Raises Refused("opportunity_closed").
    """
    opportunity = Opportunity.objects.locked(opportunity)
    refuse_closed(opportunity)
    label = next_label(opportunity) if alternative else ""
    quote = create_quote(
        company=opportunity.company,
        party=opportunity.party,
        by=by,
        title=opportunity.title,
        agent=opportunity.agent,
        probability_pct=opportunity.probability_pct,
        expected_on=opportunity.expected_on,
        opportunity=opportunity,
        alternative=label,
    )
    record(by, "sales.opportunity_quoted", opportunity, number=quote.number, alternative=label)
    return quote


@transaction.atomic
def alternative_of(quote: Quote, *, by: Membership) -> Quote:
    """A copy of a presupuesto of an oferta, as another alternative of it."""
    assert quote.opportunity_id is not None  # noqa: S101
    opportunity = Opportunity.objects.locked(quote.opportunity_id)
    refuse_closed(opportunity)
    if not quote.alternative:
        name_alternative(quote, next_label(opportunity), by=by)
    copy = duplicate_quote(quote, by=by)
    copy.opportunity = opportunity
    copy.alternative = next_label(opportunity)
    copy.agent, copy.expected_on = quote.agent, quote.expected_on
    copy.save()
    follow_quotes(opportunity.pk)
    record(
        by,
        "sales.opportunity_quoted",
        opportunity,
        number=copy.number,
        alternative=copy.alternative,
    )
    return copy


@transaction.atomic
def name_alternative(quote: Quote, name: str, *, by: Membership) -> Quote:
    """Give an alternative its name; without one the presupuesto excludes no other."""
    quote = locked_quote(quote)
    quote.alternative = clean_line(name)[:40]
    quote.save(update_fields=["alternative", "updated_at"])
    if quote.opportunity_id is not None:
        follow_quotes(quote.opportunity_id)
    return quote


@transaction.atomic
def join_opportunity(
    quote: Quote, opportunity: Opportunity | None, *, by: Membership
) -> Opportunity:
    """Put a presupuesto into an oferta of its client; None: into a new one made from it.

    Raises Refused: `quote_has_offer`, `offer_of_another`, `opportunity_closed`.
    """
    quote = Quote.objects.locked(quote)
    if quote.opportunity_id is not None:
        raise Refused("quote_has_offer", _("Este presupuesto ya es de una oferta."))
    if opportunity is None:
        with house():
            untitled = _("Presupuesto %(number)s") % {"number": quote.number}
        opportunity = create_opportunity(
            company=quote.company,
            party=quote.party,
            title=quote.title or untitled,
            by=by,
            agent=quote.agent,
            expected_on=quote.expected_on,
        )
    if (opportunity.party_id, opportunity.company_id) != (quote.party_id, quote.company_id):
        raise Refused("offer_of_another", _("Esa oferta es de otro cliente o de otra empresa."))
    refuse_closed(opportunity)
    quote.opportunity = opportunity
    quote.save(update_fields=["opportunity", "updated_at"])
    follow_quotes(opportunity.pk)
    record(by, "sales.opportunity_quoted", opportunity, number=quote.number, alternative="")
    return opportunity


def next_label(opportunity: Opportunity) -> str:
    """The first free letter. An only presupuesto without a name takes the first: A."""
    rows = Quote.objects.filter(opportunity=opportunity)
    used = set(rows.exclude(alternative="").values_list("alternative", flat=True))
    if not used:
        alone = list(rows.filter(alternative="").order_by("pk")[:2])
        if len(alone) == 1:
            Quote.objects.filter(pk=alone[0].pk).update(alternative=LETTERS[0])
            used = {LETTERS[0]}
    free = (letter for letter in LETTERS if letter not in used)
    return next(free, str(len(used) + 1))


def refuse_closed(opportunity: Opportunity) -> None:
    if not opportunity.is_open:
        raise Refused(
            "opportunity_closed",
            _("La oferta %(number)s está cerrada. Ábrela otra vez para añadir presupuestos.")
            % {"number": opportunity.number},
        )
