"""Ofertas: created, changed, assigned, and what they are worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.parties.models import Party
from lonja.sales import pipeline_defaults
from lonja.sales.models import (
    LossReason,
    Opportunity,
    OpportunityCounter,
    OpportunityStatus,
    PipelineStage,
    Quote,
    QuoteStatus,
    StageChange,
)

EDITABLE = (
    "title",
    "notes",
    "probability_pct",
    "amount_cents",
    "amount_by_hand",
    "expected_on",
    "agent",
)
# A service that repeats is worth a year in an oferta.
MONTHS = 12


def ensure_pipeline(company: Company, by: Membership | None = None) -> None:
    """Give the company its first stages and loss reasons, if it has none."""
    pipeline_defaults.fill(company, stage_model=PipelineStage, reason_model=LossReason)


def end_stage(company: Company, kind: OpportunityStatus) -> PipelineStage:
    """The stage «Ganada» or «Perdida» of the company, whatever it calls it."""
    ensure_pipeline(company)
    return PipelineStage.objects.get(company=company, kind=kind)


def open_stages(company: Company) -> list[PipelineStage]:
    """The stages in use of the company, in order, without the two ends."""
    rows = PipelineStage.objects.active().filter(company=company, kind=OpportunityStatus.OPEN)
    return list(rows)


@transaction.atomic
def create_opportunity(
    *,
    company: Company,
    party: Party,
    title: str,
    by: Membership | None,
    at: datetime | None = None,
    **fields: Any,
) -> Opportunity:
    """An oferta with its number (O2026/0001) in the first stage, or in `stage`.

    It belongs to `agent` if given, else to whoever makes it. An `amount_cents` given here was
    written by a person and does not follow the presupuestos. Raises Refused("opportunity_title").
    """
    at = at or timezone.now()
    today = company.today()
    title = clean_line(title)[:160]
    if not title:
        raise Refused(
            "opportunity_title", _("Escribe un título para reconocer la oferta."), field="title"
        )
    ensure_pipeline(company, by)
    stage = fields.pop("stage", None) or open_stages(company)[0]
    refuse_unusable(stage, company)
    if not stage.is_open:
        raise Refused("opportunity_new_closed", _("Una oferta nueva empieza en una etapa abierta."))
    fields.setdefault("agent", by or party.agent)
    if fields.get("probability_pct") is None:
        fields["probability_pct"] = stage.probability_pct
    fields.setdefault("amount_by_hand", bool(fields.get("amount_cents")))
    opportunity = Opportunity.objects.create(
        company=company,
        party=party,
        number=OpportunityCounter.take(company, today.year),
        title=title,
        stage=stage,
        stage_since=at,
        created_on=today,
        created_by=by,
        created_at=at,
        **fields,
    )
    write_change(opportunity, None, by, at)
    record(by, "sales.opportunity_created", opportunity, number=opportunity.number)
    return opportunity


@transaction.atomic
def save_opportunity(opportunity: Opportunity, *, fields: dict[str, Any], by: Membership) -> None:
    """Write the fields a person may change (EDITABLE) and tell the history which did."""
    locked = Opportunity.objects.locked(opportunity)
    changed = [
        name for name in EDITABLE if name in fields and getattr(locked, name) != fields[name]
    ]
    for name in changed:
        setattr(locked, name, fields[name])
    locked.title = clean_line(locked.title)[:160]
    if not locked.title:
        raise Refused(
            "opportunity_title", _("Escribe un título para reconocer la oferta."), field="title"
        )
    if not changed:
        return
    locked.save()
    if not locked.amount_by_hand:
        follow_quotes(locked.pk)
    record(by, "sales.opportunity_edited", locked, fields=changed)


@transaction.atomic
def assign_opportunity(
    opportunity: Opportunity, agent: Membership | None, *, by: Membership
) -> Opportunity:
    """Another agent looks after it. Raises Refused("agent_foreign") for one outside the branch of
    a hierarchical member."""
    if by.sees_only_own and (agent is None or agent.pk not in by.subordinate_ids()):
        raise Refused(
            "agent_foreign", _("Solo puedes asignarla a quien depende de ti."), field="agent"
        )
    opportunity = Opportunity.objects.locked(opportunity)
    if opportunity.agent_id != (agent.pk if agent else None):
        opportunity.agent = agent
        opportunity.save(update_fields=["agent", "updated_at"])
        name = agent.name if agent else ""
        record(by, "sales.opportunity_assigned", opportunity, agent=name)
    return opportunity


@transaction.atomic
def duplicate_opportunity(opportunity: Opportunity, *, by: Membership) -> Opportunity:
    """A new open oferta for the same client, in the first stage and without presupuestos."""
    copy = create_opportunity(
        company=opportunity.company,
        party=opportunity.party,
        title=opportunity.title,
        by=by,
        notes=opportunity.notes,
        amount_cents=opportunity.amount_cents,
    )
    record(by, "sales.opportunity_duplicated", copy, source=opportunity.number)
    return copy


def quotes_open(opportunity: Opportunity) -> Any:
    """Its presupuestos still to be answered."""
    rows = Quote.objects.filter(opportunity=opportunity)
    return rows.filter(status__in=[QuoteStatus.DRAFT, QuoteStatus.SENT])


def quote_value(quote: Quote) -> int:
    """Cents without tax a presupuesto adds to its oferta: once, and a year of what repeats."""
    return quote.base_cents + MONTHS * quote.recurring_monthly_cents


def follow_quotes(opportunity_id: int) -> None:
    """Make an open oferta worth its presupuestos, unless a person wrote its amount.

    Independent ones add up; of alternatives only the dearest counts, for only one can be accepted.
    """
    rows = Opportunity.objects.filter(status=OpportunityStatus.OPEN, amount_by_hand=False)
    opportunity = rows.filter(pk=opportunity_id).first()
    if opportunity is None:
        return
    live = [QuoteStatus.DRAFT, QuoteStatus.SENT, QuoteStatus.ACCEPTED]
    quotes = list(Quote.objects.filter(opportunity_id=opportunity_id, status__in=live))
    alternatives = [quote_value(one) for one in quotes if one.alternative]
    amount = sum(quote_value(one) for one in quotes if not one.alternative)
    amount = max(0, amount + max(alternatives, default=0))
    if quotes and amount != opportunity.amount_cents:
        rows.filter(pk=opportunity_id).update(amount_cents=amount)


def write_change(
    opportunity: Opportunity, before: PipelineStage | None, by: Membership | None, at: datetime
) -> None:
    StageChange.objects.create(
        opportunity=opportunity,
        from_stage=before,
        to_stage=opportunity.stage,
        at=at,
        by=by,
        amount_cents=opportunity.amount_cents,
    )


def refuse_unusable(stage: PipelineStage, company: Company) -> None:
    if stage.company_id != company.pk:
        raise Refused("stage_foreign", _("Esa etapa es de otra empresa."), field="stage")
    if stage.retired_at is not None:
        raise Refused(
            "stage_retired",
            _("La etapa «%(name)s» ya no se usa. Elige otra.") % {"name": stage.name},
            field="stage",
        )
