"""The quote that a delivery becomes: its client, its lines, and the prices that were seen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.field.actions.judge import client_left
from lonja.field.actions.moved import Verdict
from lonja.field.models import FieldDelivery
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.parties.actions.leads import capture_lead
from lonja.parties.models import Party
from lonja.sales.actions import create_quote, refuse_over_limit, save_quote
from lonja.sales.models import ApprovalState, Quote, QuoteApproval
from lonja.sales.policy import greatest_discount, limit_of

# Of a client written again as a lead: who it is and how it is charged.
AS_IT_WAS = ("nif", "id_type", "country", "kind", "surcharge", "tax_category")


def capture(delivery: FieldDelivery, sent: dict[str, Any], chosen: dict[str, str]) -> Party:
    data = sent["client"]["new"] or {}
    # A client that is no longer of the member is written again beside the one that is: the office
    # joins both. Refusing it for its NIF would lose what was signed.
    gone = client_left(sent, chosen)
    if gone is not None:
        data = {**data, "nif": "", "email": _good_email(data["email"])}
    party = capture_lead(
        {
            **data,
            "source": data.get("source") or _("Visita"),
            "agent": delivery.member,
            "allow_duplicate": True,  # `judge` asked already
            "allow_nif": "client_gone" in chosen or chosen.get("lead_duplicate") == "anyway",
        },
        by=delivery.member,
        company=delivery.company,
    )
    if gone is not None:  # as it is written there, however it came to be
        for name in AS_IT_WAS:
            setattr(party, name, getattr(gone, name))
        party.save(update_fields=[*AS_IT_WAS, "updated_at"])
    return party


def _good_email(text: str) -> str:
    """The address, or none: one that cannot be does not stop what was signed."""
    try:
        return check_email(text) if text else ""
    except Refused:
        return ""


def written(delivery: FieldDelivery, sent: dict[str, Any], verdict: Verdict, party: Party) -> Quote:
    about = {name: sent[name] for name in ("title", "email") if sent[name]}
    quote = create_quote(
        company=delivery.company, party=party, by=delivery.member, agent=delivery.member, **about
    )
    return save_quote(
        quote,
        fields={
            "global_discount_pct": Decimal(sent["global_discount_pct"]),
            "service_starts_on": sent["starts_on"],
        },
        lines=[_line(one, verdict) for one in verdict.lines],
        edited=quote.edited,
        by=delivery.member,
    )


def _line(one: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    product = verdict.products[one["product_id"]]
    return {
        # Kept as it was signed: what is no longer offered is a line without product.
        "product": product if product.is_active else None,
        "concept": one["concept"],
        "detail": product.description,
        "quantity": Decimal(one["quantity"]),
        "unit": one["unit"],
        "unit_price": Decimal(one["unit_price"]),
        "discount_pct": Decimal(one["discount_pct"]),
        "tax_category": one["tax_category"],
        "optional": one["optional"],
        "chosen": one["chosen"],
        "section": one["section"],
        "group": one["group"],
        "unit_of_time": one["unit_of_time"],
        "every": 1,
        "untouched": False,
    }


def respect_what_was_seen(quote: Quote, delivery: FieldDelivery) -> None:
    """Prices that went up meanwhile are no discount: what the customer saw was valid."""
    member = delivery.member
    try:
        refuse_over_limit(quote, member)
    except Refused:
        pct = greatest_discount(quote.lines.all(), quote.global_discount_pct).pct
        QuoteApproval.objects.create(
            quote=quote,
            version=quote.version,
            discount_pct=pct,
            limit_pct=limit_of(member, quote.company) or 0,
            reason=_("Los precios subieron después de que el cliente viera los suyos.")[:300],
            state=ApprovalState.GIVEN,
            asked_by=member,
            decided_at=delivery.received_at,
            answer=_("Respetado: la copia de precios del dispositivo aún valía.")[:300],
        )
