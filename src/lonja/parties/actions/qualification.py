"""Changing what counts in the score of leads and what is asked to qualify them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.jobs import enqueue_once
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused
from lonja.parties.models import Kind, QualificationRule
from lonja.parties.qualifying import FACTS, rules

if TYPE_CHECKING:
    from lonja.accounts.models import Company, Membership

LEAST, MOST = -50, 100
RESCORE = "lonja.parties.jobs.rescore_leads"  # by name: jobs stand above actions

# {(kind, fact): (points, required)}
Wanted = dict[tuple[str, str], tuple[int, bool]]


def read_rules(posted: Mapping[str, str]) -> Wanted:
    """What the form of settings says. Raises Refused `points_invalid`."""
    wanted: Wanted = {}
    for kind in Kind.values:
        for fact in FACTS:
            text = str(posted.get(f"puntos-{kind}-{fact.slug}", "")).strip() or "0"
            try:
                points = int(text) if len(text) < 6 else MOST + 1
            except ValueError:
                points = MOST + 1
            if not LEAST <= points <= MOST:
                raise Refused(
                    "points_invalid",
                    _("Los puntos de «%(fact)s» van de %(least)s a %(most)s.")
                    % {"fact": fact.label, "least": LEAST, "most": MOST},
                )
            wanted[kind, fact.slug] = (points, f"pedir-{kind}-{fact.slug}" in posted)
    return wanted


@transaction.atomic
def put_rules(wanted: Wanted, *, by: Membership | None, company: Company) -> int:
    """Keep the rules that differ from what held; the leads are scored again by a job. How many
    changed."""
    changed = []
    for kind, worths in rules().items():
        for worth in worths:
            asked = wanted.get((kind, worth.fact.slug))
            if asked is None or asked == (worth.points, worth.required):
                continue
            QualificationRule.objects.update_or_create(
                kind=kind,
                fact=worth.fact.slug,
                defaults={"points": asked[0], "required": asked[1]},
            )
            changed.append(
                {
                    "kind": kind,
                    "fact": worth.fact.slug,
                    "before": [worth.points, worth.required],
                    "after": list(asked),
                }
            )
    if changed:
        record(by, "parties.qualification_changed", company, changes=changed)
        enqueue_once(task_at(RESCORE), key="parties.rescore")
    return len(changed)
