"""Ofertas through the embudo: created, moved, won, lost, opened again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
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
    _refuse_unusable(stage, company)
    if not stage.is_open:
        raise Refused("opportunity_new_closed", _("Una oferta nueva empieza en una etapa abierta."))
    fields.setdefault("agent", by or party.agent)
    if fields.get("probability_pct") is None:
        fields["probability_pct"] = stage.probability_pct
    fields.setdefault("amount_by_hand", bool(fields.get("amount_cents")))
    opportunity = Opportunity.objects.create(
        company=company,
        party=party,
        number=take_number(company, today.year),
        title=title,
        stage=stage,
        stage_since=at,
        created_on=today,
        created_by=by,
        created_at=at,
        **fields,
    )
    _write_change(opportunity, None, by, at)
    record(by, "sales.opportunity_created", opportunity, number=opportunity.number)
    return opportunity


def take_number(company: Company, year: int) -> str:
    """The next number of the company in the year. Waits for whoever is taking one."""
    try:
        with transaction.atomic():
            OpportunityCounter.objects.create(company=company, year=year)
    except IntegrityError:
        pass  # somebody opened the year before
    counter = OpportunityCounter.objects.select_for_update().get(company=company, year=year)
    number = counter.next_number
    OpportunityCounter.objects.filter(pk=counter.pk).update(next_number=F("next_number") + 1)
    return f"O{year}/{number:04d}"


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
def move_opportunity(
    opportunity: Opportunity,
    stage: PipelineStage,
    *,
    by: Membership | None,
    at: datetime | None = None,
    seen: int | None = None,
    reason: LossReason | None = None,
    note: str = "",
) -> Opportunity:
    """Put it in another stage; its probability becomes that of the stage. There already: nothing.

    A stage «won» wins it and a stage «lost» loses it (with `reason`); a closed one goes back to an
    open stage unless a signature won it. `seen` is the stage it was on the screen. Raises Refused:
    `opportunity_moved` (somebody moved it meanwhile), `stage_retired`, `stage_foreign`,
    `loss_reason_missing`, `opportunity_signed`.
    """
    at = at or timezone.now()
    opportunity = Opportunity.objects.locked(opportunity)
    _refuse_unusable(stage, opportunity.company)
    if opportunity.stage_id == stage.pk:
        return opportunity
    if seen is not None and seen != opportunity.stage_id:
        _refuse_moved(opportunity)
    if stage.kind == OpportunityStatus.WON:
        return win_opportunity(opportunity, by=by, quote=None, at=at)
    if stage.kind == OpportunityStatus.LOST:
        return lose_opportunity(opportunity, by=by, reason=reason, note=note, at=at)
    if not opportunity.is_open:
        return reopen_opportunity(opportunity, by=by, stage=stage, at=at)
    before = opportunity.stage
    _put(opportunity, stage, by, at)
    record(by, "sales.opportunity_moved", opportunity, old=before.name, new=stage.name)
    return opportunity


@transaction.atomic
def win_opportunity(
    opportunity: Opportunity,
    *,
    by: Membership | None,
    quote: Quote | None,
    at: datetime | None = None,
) -> Opportunity:
    """It is won; with `quote`, the one that was accepted. Doing it again changes nothing.

    It is then worth what was accepted, and the open presupuestos that were alternatives of the
    accepted one are closed. A lost oferta whose presupuesto is signed is won all the same.
    """
    at = at or timezone.now()
    opportunity = Opportunity.objects.locked(opportunity)
    if quote is not None:
        _close_alternatives(opportunity, quote, by, at)
        _take_accepted(opportunity, quote)
    if opportunity.status == OpportunityStatus.WON:
        return opportunity
    opportunity.lost_reason, opportunity.lost_note = None, ""
    _put(opportunity, end_stage(opportunity.company, OpportunityStatus.WON), by, at)
    record(
        by, "sales.opportunity_won", opportunity, quote=quote.number if quote is not None else ""
    )
    return opportunity


@transaction.atomic
def lose_opportunity(
    opportunity: Opportunity,
    *,
    by: Membership | None,
    reason: LossReason | None,
    note: str = "",
    close_quotes: bool = False,
    at: datetime | None = None,
) -> Opportunity:
    """It is lost, and why. `close_quotes`: its open presupuestos are marked as rejected too.

    Doing it again only writes the reason. Raises Refused: `loss_reason_missing`,
    `loss_reason_foreign`, `opportunity_signed`.
    """
    at = at or timezone.now()
    opportunity = Opportunity.objects.locked(opportunity)
    if reason is None:
        raise Refused(
            "loss_reason_missing",
            _("Di por qué se pierde: elige un motivo de pérdida."),
            field="reason",
        )
    if reason.company_id != opportunity.company_id:
        raise Refused(
            "loss_reason_foreign",
            _("Ese motivo de pérdida es de otra empresa."),
            field="reason",
        )
    _refuse_signed(opportunity)
    opportunity.lost_reason, opportunity.lost_note = reason, clean_line(note)[:300]
    if opportunity.status == OpportunityStatus.LOST:
        opportunity.save(update_fields=["lost_reason", "lost_note", "updated_at"])
    else:
        _put(opportunity, end_stage(opportunity.company, OpportunityStatus.LOST), by, at)
    if close_quotes:
        _reject(quotes_open(opportunity), reason.name, by, at)
    record(by, "sales.opportunity_lost", opportunity, reason=reason.name)
    return opportunity


@transaction.atomic
def reopen_opportunity(
    opportunity: Opportunity,
    *,
    by: Membership | None,
    stage: PipelineStage | None = None,
    at: datetime | None = None,
) -> Opportunity:
    """A won or lost one is open again, in `stage` or where it was before it was closed.

    Raises Refused("opportunity_signed") when a signed presupuesto won it.
    """
    at = at or timezone.now()
    opportunity = Opportunity.objects.locked(opportunity)
    if opportunity.is_open:
        return opportunity
    _refuse_signed(opportunity)
    stage = stage or _last_open_stage(opportunity)
    opportunity.lost_reason, opportunity.lost_note = None, ""
    _put(opportunity, stage, by, at)
    record(by, "sales.opportunity_reopened", opportunity, new=stage.name)
    return opportunity


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


def _put(
    opportunity: Opportunity, stage: PipelineStage, by: Membership | None, at: datetime
) -> None:
    before = opportunity.stage
    opportunity.stage = stage
    opportunity.status = stage.kind
    opportunity.stage_since = at
    opportunity.probability_pct = stage.probability_pct
    opportunity.closed_at = None if stage.is_open else at
    opportunity.save()
    _write_change(opportunity, before, by, at)


def _write_change(
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


def _take_accepted(opportunity: Opportunity, quote: Quote) -> None:
    others = Quote.objects.filter(opportunity=opportunity, status=QuoteStatus.ACCEPTED)
    amount = quote_value(quote) + sum(quote_value(one) for one in others.exclude(pk=quote.pk))
    if max(0, amount) != opportunity.amount_cents:
        opportunity.amount_cents = max(0, amount)
        opportunity.save(update_fields=["amount_cents", "updated_at"])


def _close_alternatives(
    opportunity: Opportunity, quote: Quote, by: Membership | None, at: datetime
) -> None:
    if not quote.alternative:
        return
    others = quotes_open(opportunity).exclude(alternative="").exclude(pk=quote.pk)
    why = _("El cliente eligió la alternativa «%(name)s»") % {"name": quote.alternative}
    _reject(others, why, by, at)


def _reject(quotes: Iterable[Quote], why: str, by: Membership | None, at: datetime) -> None:
    for one in quotes:
        quote = Quote.objects.locked(one)
        quote.move_to(QuoteStatus.REJECTED)
        quote.rejected_at, quote.reject_reason = at, why[:300]
        quote.save()
        record(by, "sales.quote_rejected", quote, reason=quote.reject_reason)


def _last_open_stage(opportunity: Opportunity) -> PipelineStage:
    """Where it was before it closed; the first in use if that one is retired."""
    changes = StageChange.objects.filter(
        opportunity=opportunity, to_stage__kind=OpportunityStatus.OPEN
    )
    last = changes.select_related("to_stage").order_by("-id").first()
    if last is not None and last.to_stage.retired_at is None:
        return last.to_stage
    return open_stages(opportunity.company)[0]


def _refuse_unusable(stage: PipelineStage, company: Company) -> None:
    if stage.company_id != company.pk:
        raise Refused("stage_foreign", _("Esa etapa es de otra empresa."), field="stage")
    if stage.retired_at is not None:
        raise Refused(
            "stage_retired",
            _("La etapa «%(name)s» ya no se usa. Elige otra.") % {"name": stage.name},
            field="stage",
        )


def _refuse_moved(opportunity: Opportunity) -> None:
    changes = StageChange.objects.filter(opportunity=opportunity).select_related("by__user")
    last = changes.order_by("-id").first()
    raise Refused(
        "opportunity_moved",
        _("%(who)s ya la había movido a «%(stage)s».")
        % {
            "who": last.by.name if last is not None and last.by is not None else "Lonja",
            "stage": opportunity.stage.name,
        },
    )


def _refuse_signed(opportunity: Opportunity) -> None:
    rows = Quote.objects.filter(opportunity=opportunity, status=QuoteStatus.ACCEPTED)
    signed = rows.first()
    if signed is not None:
        raise Refused(
            "opportunity_signed",
            _("El cliente ha firmado el presupuesto %(number)s: la oferta está ganada.")
            % {"number": signed.number},
        )
