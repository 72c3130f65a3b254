"""Starting, changing, pausing and ending plans. Each keeps the MRR terms true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.catalogue.models import Product
from lonja.kit.dates import next_occurrence_index
from lonja.kit.errors import Refused
from lonja.kit.money import from_cents, to_cents
from lonja.parties.models import Party
from lonja.subscriptions.calendar import first_day_after, period_start, schedule
from lonja.subscriptions.models import Plan, PlanLine, PlanStatus, PlanTerm, Unit, WhenDue
from lonja.subscriptions.mrr import monthly_amount
from lonja.tax.documents import TaxLine
from lonja.tax.totals import line_net

LINE_FIELDS = (
    "product_id",
    "concept",
    "detail",
    "quantity",
    "unit",
    "unit_price",
    "discount_pct",
    "tax_category",
)


def build_lines(lines: Sequence[dict[str, Any]]) -> list[PlanLine]:
    """Unsaved lines from dicts with the keys of LINE_FIELDS, in order, with their net."""
    built = []
    for position, values in enumerate(lines):
        line = PlanLine(position=position, **{k: values[k] for k in LINE_FIELDS if k in values})
        discounts = (line.discount_pct,) if line.discount_pct else ()
        line.net_cents = to_cents(line_net(TaxLine(line.quantity, line.unit_price, discounts)))
        built.append(line)
    return built


def value(plan: Plan, lines: Sequence[PlanLine]) -> None:
    """Fill what the plan is worth in a period and in a month (nothing is saved)."""
    gross = sum(line.net_cents for line in lines)
    rest = (Decimal(100) - plan.discount_pct) / Decimal(100)
    from lonja.kit.money import round_cents

    plan.net_cents = to_cents(round_cents(from_cents(gross) * rest))
    if plan.unit == Unit.ONCE:
        plan.monthly_cents = 0
    else:
        plan.monthly_cents = to_cents(
            monthly_amount(from_cents(gross), plan.every, plan.unit, plan.discount_pct)
        )


def start_plan(
    *,
    company: Company,
    party: Party,
    name: str,
    lines: Sequence[dict[str, Any]],
    unit: str,
    anchor: date,
    every: int = 1,
    send_time: time = time(8, 0),
    until: date | None = None,
    discount_pct: Decimal = Decimal(0),
    when_due: str = WhenDue.SEND,
    emails: Sequence[str] = (),
    reference: str = "",
    message: str = "",
    origin: Any = None,
    by: Membership | None,
) -> Plan:
    """Give a service its alta: from `anchor` it is invoiced every so many units by itself.

    `lines` hold the keys of LINE_FIELDS. With an origin (a signed quote) the same name is started
    only once: repeating returns the plan there is. Raises Refused when something is missing.
    """
    _refuse_unless_sound(lines, every, anchor, until)
    plan = Plan(
        company=company,
        party=party,
        name=name[:160],
        unit=unit,
        every=every,
        anchor=anchor,
        send_time=send_time,
        until=until,
        discount_pct=discount_pct,
        when_due=when_due,
        emails=list(emails),
        reference=reference,
        message=message,
        created_by=by,
    )
    if origin is not None:
        plan.origin_type, plan.origin_id = origin._meta.label_lower, origin.pk
    rows = build_lines(lines)
    value(plan, rows)
    schedule(plan)
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
            for row in rows:
                row.plan = plan
            PlanLine.objects.bulk_create(rows)
            _open_term(plan, anchor)
            record(by, "subscriptions.started", plan, monthly=str(from_cents(plan.monthly_cents)))
    except IntegrityError:
        if origin is None:
            raise
        return Plan.objects.get(
            origin_type=plan.origin_type, origin_id=plan.origin_id, name=plan.name
        )
    return plan


def _refuse_unless_sound(
    lines: Sequence[dict[str, Any]], every: int, anchor: date, until: date | None
) -> None:
    if not lines:
        raise Refused("plan_empty", _("Añade al menos un concepto."), field="lines")
    if every < 1 or every > 120:
        raise Refused("plan_every", _("La periodicidad va de 1 a 120."), field="every")
    if until is not None and until < anchor:
        raise Refused(
            "plan_until", _("La fecha de fin es anterior a la primera factura."), field="until"
        )
    named = {values["product_id"] for values in lines if values.get("product_id")}
    if named and Product.objects.filter(pk__in=named).count() != len(named):
        raise Refused(
            "plan_product",
            _("Uno de los productos ya no está en el catálogo. Vuelve a elegirlo."),
            field="lines",
        )


def _open_term(plan: Plan, on: date) -> None:
    """From `on` the plan is worth its monthly amount, until its last day if it has one."""
    if plan.unit == Unit.ONCE:
        return
    PlanTerm.objects.create(
        plan=plan,
        party_id=plan.party_id,
        company_id=plan.company_id,
        starts_on=on,
        ends_on=first_day_after(plan),
        monthly_cents=plan.monthly_cents,
    )


def _close_terms(plan: Plan, on: date) -> None:
    """From `on` (included) the plan is worth nothing."""
    terms = PlanTerm.objects.filter(plan=plan)
    terms.filter(starts_on__gte=on).delete()
    for term in terms.filter(ends_on__isnull=True) | terms.filter(ends_on__gt=on):
        term.ends_on = on
        term.save(update_fields=["ends_on"])


@transaction.atomic
def change_plan(
    plan: Plan,
    changes: dict[str, Any],
    lines: Sequence[dict[str, Any]] | None,
    *,
    by: Membership | None,
    on: date,
) -> Plan:
    """Change a plan from `on`: periods already invoiced stay, the MRR moves from that day.

    `changes` may hold name, every, unit, anchor, send_time, until, discount_pct, when_due, emails,
    reference, message, payment_method. A new anchor, unit or number of units bills its first
    period not earlier than the first one still to be invoiced.
    """
    plan = Plan.objects.locked(plan)
    first_free = plan.next_on
    before = plan.monthly_cents
    for name, new in changes.items():
        setattr(plan, name, new)
    if lines is not None:
        _refuse_unless_sound(lines, plan.every, plan.anchor, plan.until)
        rows = build_lines(lines)
        plan.lines.all().delete()
        for row in rows:
            row.plan = plan
        PlanLine.objects.bulk_create(rows)
    rows = list(plan.lines.all())
    value(plan, rows)
    if changes.keys() & {"anchor", "unit", "every"} and plan.unit != Unit.ONCE:
        start = max(filter(None, (first_free, plan.anchor)))
        plan.next_index = next_occurrence_index(plan.anchor, plan.every, plan.unit, start)
    schedule(plan)
    plan.save()
    if plan.status == PlanStatus.ACTIVE and (
        plan.monthly_cents != before or changes.keys() & {"until", "anchor"}
    ):
        _close_terms(plan, on)
        _open_term(plan, max(on, plan.anchor))
    record(by, "subscriptions.changed", plan, monthly=str(from_cents(plan.monthly_cents)))
    return plan


@transaction.atomic
def pause_plan(plan: Plan, *, by: Membership | None, on: date) -> Plan:
    """Stop invoicing from `on` until it is resumed; periods inside the pause are not owed."""
    plan = Plan.objects.locked(plan)
    if plan.status != PlanStatus.ACTIVE:
        raise Refused("plan_not_active", _("Solo se puede pausar una plantilla activa."))
    plan.status, plan.paused_on = PlanStatus.PAUSED, on
    plan.save(update_fields=["status", "paused_on"])
    _close_terms(plan, on)
    record(by, "subscriptions.paused", plan)
    return plan


@transaction.atomic
def resume_plan(plan: Plan, *, by: Membership | None, on: date) -> Plan:
    """Go on from `on`: the first period that starts that day or later is the next one."""
    plan = Plan.objects.locked(plan)
    if plan.status != PlanStatus.PAUSED:
        raise Refused("plan_not_paused", _("La plantilla no está en pausa."))
    plan.status, plan.paused_on = PlanStatus.ACTIVE, None
    if plan.unit != Unit.ONCE:
        skipped = next_occurrence_index(plan.anchor, plan.every, plan.unit, on)
        plan.next_index = max(plan.next_index, skipped)
    schedule(plan)
    plan.save()
    _open_term(plan, max(on, plan.anchor))
    record(by, "subscriptions.resumed", plan)
    return plan


@transaction.atomic
def end_plan(plan: Plan, *, by: Membership | None, on: date, reason: str = "") -> Plan:
    """Dar de baja: nothing is invoiced for periods that start on that day or later."""
    plan = Plan.objects.locked(plan)
    if plan.status == PlanStatus.ENDED:
        raise Refused("plan_ended", _("La plantilla ya está de baja."))
    plan.status, plan.ended_on = PlanStatus.ENDED, on
    plan.next_on = plan.next_due_at = None
    plan.save(update_fields=["status", "ended_on", "next_on", "next_due_at"])
    _close_terms(plan, on)
    record(by, "subscriptions.ended", plan, reason=reason)
    return plan


def has_periods_left(plan: Plan) -> bool:
    """Whether something is still to be invoiced."""
    return period_start(plan, plan.next_index) is not None
