"""Ofertas from stage to stage: moved, won, lost, opened again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.sales.actions.opportunities import (
    end_stage,
    open_stages,
    quote_value,
    quotes_open,
    refuse_unusable,
    write_change,
)
from lonja.sales.models import (
    LossReason,
    Opportunity,
    OpportunityStatus,
    PipelineStage,
    Quote,
    QuoteStatus,
    StageChange,
)


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
    refuse_unusable(stage, opportunity.company)
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
    write_change(opportunity, before, by, at)


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
    with house():
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
