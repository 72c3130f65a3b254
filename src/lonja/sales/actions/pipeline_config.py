"""The stages of the embudo and the reasons of loss of a company. What was used is retired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.sales.models import (
    LossReason,
    Opportunity,
    OpportunityStatus,
    PipelineStage,
    StageChange,
)

Row = PipelineStage | LossReason


@transaction.atomic
def save_stage(
    stage: PipelineStage, *, name: str, probability_pct: int | None = None, by: Membership
) -> PipelineStage:
    """Keep a stage, new ones after the last open one. The probability of «Ganada» and «Perdida»
    does not change; ofertas already in the stage keep theirs. Raises Refused("name_taken")."""
    _refuse_same_name(stage, name)
    fresh = stage.pk is None
    if fresh:
        stage.position = _last(PipelineStage, stage.company, kind=OpportunityStatus.OPEN) + 1
    stage.name = name
    if probability_pct is not None and stage.is_open:
        stage.probability_pct = probability_pct
    stage.save()
    record(by, "sales.stage_saved", stage, name=name, probability_pct=stage.probability_pct)
    return stage


@transaction.atomic
def save_reason(reason: LossReason, *, name: str, by: Membership) -> LossReason:
    """Keep a reason of loss, new ones at the end. Raises Refused("name_taken")."""
    _refuse_same_name(reason, name)
    if reason.pk is None:
        reason.position = _last(LossReason, reason.company) + 1
    reason.name = name
    reason.save()
    record(by, "sales.loss_reason_saved", reason, name=name)
    return reason


@transaction.atomic
def reorder(model: type[Any], company: Company, ids: Sequence[int], *, by: Membership) -> None:
    """Put the stages (only the open ones) or the reasons of the company in that order. Ids that
    are not its own are left out; rows not named keep their place after them."""
    rows = model.objects.filter(company=company)
    if model is PipelineStage:
        rows = rows.filter(kind=OpportunityStatus.OPEN)
    known = {row.pk: row for row in rows.select_for_update().order_by("position", "pk")}
    wanted = [pk for pk in dict.fromkeys(ids) if pk in known]
    wanted += [pk for pk in known if pk not in wanted]
    for position, pk in enumerate(wanted, 1):
        if known[pk].position != position:
            model.objects.filter(pk=pk).update(position=position)
    record(by, "sales.pipeline_reordered", company)


@transaction.atomic
def step(row: Row, by_places: int, *, by: Membership) -> None:
    """«Subir» (−1) or «Bajar» (1) among those in use."""
    model: Any = type(row)
    rows = model.objects.active().filter(company=row.company)
    if isinstance(row, PipelineStage):
        rows = rows.filter(kind=OpportunityStatus.OPEN)
    ids = list(rows.order_by("position", "pk").values_list("pk", flat=True))
    at = ids.index(row.pk) if row.pk in ids else -1
    to = at + by_places
    if at < 0 or not 0 <= to < len(ids):
        return
    ids[at], ids[to] = ids[to], ids[at]
    reorder(model, row.company, ids, by=by)


@transaction.atomic
def remove(row: Row, *, by: Membership, at: datetime) -> bool:
    """Delete what nobody used; retire what was. True when it was deleted.

    Raises Refused: `stage_end` for «Ganada» and «Perdida», `last_stage` for the only open one.
    """
    model: Any = type(row)
    row = model.objects.locked(row)
    if isinstance(row, PipelineStage):
        if not row.is_open:
            raise Refused("stage_end", _("«Ganada» y «Perdida» no se pueden quitar."))
        others = PipelineStage.objects.active().filter(
            company=row.company, kind=OpportunityStatus.OPEN
        )
        if not others.exclude(pk=row.pk).exists():
            raise Refused(
                "last_stage", _("Es la única etapa abierta: añade otra antes de quitarla.")
            )
    used = _is_used(row)
    if used:
        model.objects.filter(pk=row.pk).update(retired_at=at)
        record(by, "sales.pipeline_retired", row, name=row.name)
    else:
        record(by, "sales.pipeline_deleted", row, name=row.name)
        row.delete()
    return not used


@transaction.atomic
def restore(row: Row, *, by: Membership) -> None:
    """Use again what was retired."""
    type(row).objects.filter(pk=row.pk).update(retired_at=None)
    record(by, "sales.pipeline_restored", row, name=row.name)


def _is_used(row: Row) -> bool:
    if isinstance(row, LossReason):
        return Opportunity.objects.filter(lost_reason=row).exists()
    changes = StageChange.objects.filter(to_stage=row)
    return changes.exists() or StageChange.objects.filter(from_stage=row).exists()


def _last(model: Any, company: Company, **narrow: Any) -> int:
    rows = model.objects.filter(company=company, **narrow)
    return rows.aggregate(last=Max("position"))["last"] or 0


def _refuse_same_name(row: Row, name: str) -> None:
    rows: Any = type(row).objects.filter(company=row.company, name__iexact=name)
    if rows.exclude(pk=row.pk).exists():
        raise Refused("name_taken", _("Ya hay uno con ese nombre, quizá retirado."), field="name")
