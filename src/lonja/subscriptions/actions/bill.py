"""The billing run: periods due without an obligation become invoices, in short transactions.

It never asks what time it is, only which periods are due (R6), so being stopped for days, running
twice, or dying half way costs nothing: the next pass goes on where the last commit was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.db.models.functions import Mod
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.bulk import insert_rows, new_object, update_rows
from lonja.accounts.models import Company, Membership
from lonja.accounts.prepared import read_many
from lonja.accounts.trips import in_one_trip, unlocked_before_the_disk
from lonja.billing.actions.issue import Pending, issue_many, new_line, prepare_many
from lonja.billing.dispatch import Leaving
from lonja.billing.kinds import ORDINARY
from lonja.billing.models import Invoice, InvoiceLine, Series
from lonja.kit.dates import format_date, period_label
from lonja.kit.errors import Refused
from lonja.subscriptions.actions.plans import LINE_FIELDS
from lonja.subscriptions.actions.turns import turn
from lonja.subscriptions.calendar import period_end, schedule
from lonja.subscriptions.hooks import tell_drafted
from lonja.subscriptions.models import (
    BillingRun,
    Obligation,
    Outcome,
    Plan,
    PlanLine,
    PlanStatus,
    Unit,
    WhenDue,
)

log = logging.getLogger("lonja.billing")
# Larger ones gain little more, and hold the series and the chain for longer.
BATCH = 200
# The trigger of a run that a person asked for.
MANUAL = "manual"


@dataclass(frozen=True)
class Share:
    """The part of the plans that one of several billers takes: those whose id gives `part` when
    divided by `of`; `backwards`, from the last one due, until whoever comes from the first is met.
    """

    part: int
    of: int
    backwards: bool = False


# Bills a part of a run in other processes: run, by, now, batch, on_progress → periods billed.
Billers = Callable[
    ["BillingRun", "Membership | None", datetime, int, "Callable[[int], None] | None"], int
]


def due_plans(now: datetime, share: Share | None = None) -> Any:
    """Active plans with a period due by `now`, the oldest first; with `share`, only its part."""
    rows = Plan.objects.filter(status=PlanStatus.ACTIVE, next_due_at__lte=now)
    if share is not None and share.of > 1:
        rows = rows.alias(part=Mod("pk", share.of)).filter(part=share.part)
    if share is not None and share.backwards:
        return rows.order_by("-next_due_at", "-pk")
    return rows.order_by("next_due_at", "pk")


def bill_due(
    *,
    by: Membership | None = None,
    now: datetime | None = None,
    trigger: str = "night",
    batch: int = BATCH,
    on_progress: Callable[[int], None] | None = None,
    billers: Billers | None = None,
) -> BillingRun | None:
    """Invoice everything due in the organisation of the scope. Returns the run, None if idle.

    A run that was cut short is taken up again. Safe to call from several processes at once. What
    was refused before is tried again; when nobody asked for it and nothing comes of it, no run is
    written: the refusal stays where it was told.
    `billers` may put more processes to work on a long run (`subscriptions.billers`).
    """
    moment = now or timezone.now()
    retry = _refused_plans(moment)
    due = due_plans(moment).exists()
    if not retry and not due:
        cut_short = _half_done(moment, trigger)
        return _close_run(cut_short) if cut_short is not None else None
    run = _open_run(by, moment, trigger) if due or trigger == MANUAL else None
    done = 0
    for obligation_id in retry:
        run = _retry(obligation_id, run, by, moment, trigger)
    if run is None:
        return None
    if billers is not None:
        done += billers(run, by, moment, batch, on_progress)
    # Also after the others: whatever one of them left, for whatever reason, is billed here.
    bill_share(run, by, moment, batch, on_progress=on_progress, done=done)
    return _close_run(run)


def bill_share(
    run: BillingRun,
    by: Membership | None,
    now: datetime,
    batch: int = BATCH,
    *,
    share: Share | None = None,
    on_progress: Callable[[int], None] | None = None,
    done: int = 0,
) -> int:
    """Bill batch after batch until nothing of that share is due. Returns how many periods."""
    while True:
        billed = _bill_batch(run, by, now, batch, share)
        done += billed
        if on_progress is not None:
            on_progress(done)
        if billed == 0:
            return done


def _half_done(now: datetime, trigger: str) -> BillingRun | None:
    """The last run of its kind, when it died before it was closed."""
    rows = BillingRun.objects.filter(
        finished_at__isnull=True, trigger=trigger, started_at__gt=now - timedelta(days=3)
    )
    return rows.order_by("-pk").first()


def _open_run(by: Membership | None, now: datetime, trigger: str) -> BillingRun:
    with transaction.atomic():
        half_done = _half_done(now, trigger)
        if half_done is not None:
            return half_done
        return BillingRun.objects.create(trigger=trigger, by=by, due_until=now, started_at=now)


def _close_run(run: BillingRun) -> BillingRun:
    with transaction.atomic():
        run.finished_at = timezone.now()
        _count(run)
    return run


def _count(run: BillingRun) -> None:
    """Write how much the run did, counted from what it wrote."""
    with transaction.atomic():
        counts = dict(
            Obligation.objects.filter(run=run)
            .values_list("outcome")
            .annotate(n=Count("pk"))
            .order_by()
        )
        run.issued = counts.get(Outcome.ISSUED, 0)
        run.drafted = counts.get(Outcome.DRAFTED, 0)
        run.refused = counts.get(Outcome.REFUSED, 0)
        run.total_cents = (
            Obligation.objects.filter(run=run, outcome=Outcome.ISSUED).aggregate(
                total=Sum("invoice__total_cents")
            )["total"]
            or 0
        )
        run.save()


def _bill_batch(
    run: BillingRun, by: Membership | None, now: datetime, size: int, share: Share | None = None
) -> int:
    """Take up to `size` due plans and bill one period of each, in one transaction.

    What needs no lock is done before the transaction. When something unexpected breaks the batch,
    each plan is tried alone: the guilty one is marked refused and the rest go out.
    """
    try:
        plans = _read(now, size, share)
        drafts = _drafts(plans, by, now)
        with turn(), unlocked_before_the_disk(), transaction.atomic():
            mine = _claim(plans)
            with in_one_trip():
                _bill([plan for plan in plans if plan.pk in mine], drafts, run, by, now)
        if plans and not mine:
            time.sleep(0.02)  # another process is on them
        return len(plans)
    except Refused:
        raise
    except Exception:
        log.exception("Un lote de facturación falló; se prueba plantilla a plantilla")
    ids = list(due_plans(now, share).values_list("pk", flat=True)[:size])
    for plan_id in ids:
        _alone(lambda pk=plan_id: _bill_one(pk, run, by, now))
    return len(ids)


def _alone(function: Callable[[], None]) -> None:
    with transaction.atomic():
        function()


def _read(now: datetime, size: int, share: Share | None) -> list[Plan]:
    """Due plans, with their clients and issuers. Nothing is locked: `_claim` decides."""
    plans = read_many(due_plans(now, share).select_related("party")[:size])
    if plans:
        _share_issuers(plans)
    return plans


def _claim(plans: Sequence[Plan]) -> set[int]:
    """Lock those that are still as they were read; nobody else is billing them."""
    rows = Plan.objects.filter(pk__in=[plan.pk for plan in plans], status=PlanStatus.ACTIVE)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    read = {plan.pk: plan.next_index for plan in plans}
    found = rows.values_list("pk", "next_index") if plans else ()
    return {pk for pk, index in found if read[pk] == index}


def _share_issuers(plans: Sequence[Plan]) -> None:
    """Give the plans their companies and series, read once for all."""
    companies = {
        company.pk: company
        for company in Company.objects.select_related("organisation").filter(
            pk__in={plan.company_id for plan in plans}
        )
    }
    used = {plan.series_id for plan in plans if plan.series_id is not None}
    series = {row.pk: row for row in Series.objects.filter(pk__in=used)} if used else {}
    for plan in plans:
        plan.company = companies[plan.company_id]
        if plan.series_id is not None:
            plan.series = series[plan.series_id]


def _bill_one(plan_id: int, run: BillingRun, by: Membership | None, now: datetime) -> None:
    """Bill one plan, or write down that it could not be for a reason nobody foresaw."""
    plan = (
        due_plans(now)
        .select_related("company", "company__organisation", "party", "series")
        .filter(pk=plan_id)
        .first()
    )
    if plan is None:
        return  # somebody billed it meanwhile
    try:
        with transaction.atomic():
            _bill([plan], _drafts([plan], by, now), run, by, now)
    except Exception as error:
        log.exception("La plantilla %s no se pudo facturar", plan_id)
        reason = Refused("unexpected", _("Error inesperado: %(error)s") % {"error": error})
        plan = Plan.objects.select_related("company", "party").get(pk=plan_id)
        _conclude([(plan, None, Outcome.REFUSED, reason)], run, now)


@dataclass(frozen=True)
class _Drafts:
    """The invoice that each plan is due, by plan, and which of them leave by mail."""

    of: Mapping[int, Pending]
    leaving: Leaving


def _drafts(plans: Sequence[Plan], by: Membership | None, now: datetime) -> _Drafts:
    """The invoices that plans are due, checked and added up."""
    lines: dict[int, list[Any]] = {plan.pk: [] for plan in plans}
    # Named tuples: these are only read, thousands a second.
    for line in (
        PlanLine.objects.filter(plan__in=lines)
        .order_by("plan_id", "position", "pk")
        .values_list("plan_id", *LINE_FIELDS, named=True)
    ):
        lines[line.plan_id].append(line)
    drafts = {plan.pk: draft_of(plan, lines[plan.pk], by) for plan in plans}
    issuing = [drafts[plan.pk] for plan in plans if plan.when_due != WhenDue.DRAFT]
    return _Drafts(drafts, prepare_many(issuing, by=by, now=now))


def _bill(
    plans: Sequence[Plan],
    drafts: _Drafts,
    run: BillingRun,
    by: Membership | None,
    now: datetime,
) -> None:
    to_issue: list[tuple[Plan, Pending]] = []
    results: list[tuple[Plan, Invoice | None, Outcome, Refused | None]] = []
    for plan in plans:
        pending = drafts.of[plan.pk]
        if plan.when_due == WhenDue.DRAFT:
            draft = _keep_draft(pending)
            tell_drafted(plan, draft)
            results.append((plan, draft, Outcome.DRAFTED, None))
        else:
            to_issue.append((plan, pending))
    batch = [pending for _plan, pending in to_issue]
    issue_many(batch, by=by, now=now, leaving=drafts.leaving)
    for plan, pending in to_issue:
        if pending.refused is None:
            results.append((plan, pending.invoice, Outcome.ISSUED, None))
        else:
            results.append((plan, None, Outcome.REFUSED, pending.refused))
    _conclude(results, run, now)


def draft_of(plan: Plan, lines: Sequence[Any], by: Membership | None) -> Pending:
    """An unsaved invoice of the next period of a plan, with its lines."""
    start, end = plan.next_on, period_end(plan, plan.next_index)
    assert start is not None  # noqa: S101 - due plans have a next period
    recurring = plan.unit != Unit.ONCE
    label = period_label(start, end) if recurring else ""
    party = plan.party
    invoice = new_object(
        Invoice,
        company=plan.company,
        party=party,
        kind=ORDINARY,
        series=plan.series,
        operation_on=start,
        agent_id=party.agent_id,
        payment_method=plan.payment_method or party.payment_method,
        global_discount_pct=plan.discount_pct,
        surcharge=party.surcharge,
        withholding_pct=party.withholding_pct,
        message=plan.message or plan.company.invoice_message,
        reference=plan.reference,
        origin_type="subscriptions.plan",
        origin_id=plan.pk,
        created_by=by,
    )
    rows = [
        new_line(
            position=position,
            product_id=line.product_id,
            concept=_with_period(line.concept, label, start),
            detail=_with_period(line.detail, label, start) or (label if position == 0 else ""),
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            discount_pct=line.discount_pct,
            tax_category=party.tax_category or line.tax_category,
        )
        for position, line in enumerate(lines)
    ]
    return Pending(invoice, rows, send=plan.when_due == WhenDue.SEND, emails=plan.emails)


def _with_period(text: str, label: str, start: Any) -> str:
    if "{" not in text:
        return text
    return text.replace("{periodo}", label).replace("{fecha}", format_date(start))


def _keep_draft(pending: Pending) -> Invoice:
    """Save a draft for somebody to look at before issuing."""
    from lonja.billing.actions.drafts import save_totals

    invoice = pending.invoice
    invoice.save(force_insert=True)
    for line in pending.lines:
        line.invoice_id = invoice.pk
    insert_rows(InvoiceLine, [vars(line) for line in pending.lines])
    save_totals(invoice)
    return invoice


def _conclude(
    results: Sequence[tuple[Plan, Invoice | None, Outcome, Refused | None]],
    run: BillingRun,
    now: datetime,
) -> None:
    """Write the obligations and move each plan to its next period."""
    insert_rows(
        Obligation,
        [
            {
                "plan_id": plan.pk,
                "run_id": run.pk,
                "period_start": plan.next_on,
                "period_end": period_end(plan, plan.next_index),
                "outcome": outcome.value,
                "invoice_id": invoice.pk if invoice is not None else None,
                "refusal_code": refused.code[:60] if refused else "",
                "refusal": str(refused)[:400] if refused else "",
                "at": now,
            }
            for plan, invoice, outcome, refused in results
        ],
    )
    moved = []
    for plan, _invoice, _outcome, refused in results:
        plan.next_index += 1
        schedule(plan)
        plan.last_refusal = str(refused)[:300] if refused else ""
        moved.append((plan.next_index, plan.next_on, plan.next_due_at, plan.last_refusal, plan.pk))
    update_rows(Plan, ["next_index", "next_on", "next_due_at", "last_refusal"], moved)


def _refused_plans(now: datetime) -> list[int]:
    """Obligations refused before that may work now."""
    return list(
        Obligation.objects.filter(
            outcome=Outcome.REFUSED, plan__status=PlanStatus.ACTIVE, at__lt=now
        )
        .order_by("plan_id", "period_start")
        .values_list("pk", flat=True)[:5000]
    )


@transaction.atomic
def _retry(
    obligation_id: int,
    run: BillingRun | None,
    by: Membership | None,
    now: datetime,
    trigger: str = MANUAL,
) -> BillingRun | None:
    """Try a refused period again; the obligation keeps the last word. Returns the run, opened when
    there was none and something came of it. What is refused again moves to the run only when a
    person asked for it."""
    obligation = Obligation.objects.select_for_update().get(pk=obligation_id)
    if obligation.outcome != Outcome.REFUSED:
        return run
    plan = Plan.objects.select_related("company", "company__organisation", "party", "series").get(
        pk=obligation.plan_id
    )
    index = _index_of(plan, obligation)
    there, plan.next_index, plan.next_on = plan.next_index, index, obligation.period_start
    pending = draft_of(plan, list(plan.lines.all()), by)
    plan.next_index = there
    drafts = plan.when_due == WhenDue.DRAFT
    try:
        with transaction.atomic():
            if drafts:
                tell_drafted(plan, _keep_draft(pending))
            else:
                issue_many([pending], by=by, now=now)
            if pending.refused is not None:
                raise pending.refused
    except Refused as refused:
        obligation.refusal_code, obligation.refusal = refused.code[:60], str(refused)[:400]
        obligation.at = now
        if trigger == MANUAL:
            obligation.run = run
        obligation.save(update_fields=["refusal_code", "refusal", "run", "at"])
        return run
    run = run or _open_run(by, now, trigger)
    obligation.outcome = Outcome.DRAFTED if drafts else Outcome.ISSUED
    obligation.invoice = pending.invoice
    obligation.refusal_code = obligation.refusal = ""
    obligation.run, obligation.at = run, now
    obligation.save()
    Plan.objects.filter(pk=plan.pk).update(last_refusal="")
    return run


def _index_of(plan: Plan, obligation: Obligation) -> int:
    from lonja.kit.dates import next_occurrence_index

    if plan.unit == Unit.ONCE:
        return 0
    return next_occurrence_index(plan.anchor, plan.every, plan.unit, obligation.period_start)


@transaction.atomic
def retry_obligation(obligation: Obligation, *, by: Membership | None) -> Obligation:
    """«Reintentar» on the run page. The obligation tells what happened."""
    run = _retry(obligation.pk, obligation.run, by, timezone.now())
    if run is not None:
        _count(run)
    obligation.refresh_from_db()
    return obligation
