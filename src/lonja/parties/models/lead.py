"""Where leads come from, what makes a good one, and which parties turned out to be the same."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel
from lonja.parties.models.party import Kind, LeadSource, Party

__all__ = ["LeadSource", "NotDuplicate", "PartyMerge", "QualificationRule"]


class QualificationRule(OrganisationModel):
    """What a fact about a lead of a kind is worth, and whether it must be known to qualify it.

    `fact` is one of `parties.qualifying.FACTS`. A fact without row has its usual worth.
    """

    kind = models.CharField(_("tipo"), max_length=12, choices=Kind.choices)
    fact = models.CharField(_("dato"), max_length=20)
    required = models.BooleanField(_("obligatorio"), default=False)
    points = models.SmallIntegerField(_("puntos"), default=0)

    class Meta:
        verbose_name = _("regla de cualificación")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "fact"], name="qualification_rule_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.fact}"


class PartyMerge(OrganisationModel):
    """Two parties that were the same: what moved from `other` to `kept`, to be able to undo it.

    `moved` is {"app.Model.field": [ids]}; `before` and `after`, the fields of `kept` that changed.
    """

    kept = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # Of `other`, as it was: it takes the agent of the one kept.
    other_agent = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("unión de fichas")
        indexes = [models.Index(fields=["organisation", "kept", "-id"], name="party_merge_kept")]

    def __str__(self) -> str:
        return f"{self.other_id} → {self.kept_id}"


class NotDuplicate(OrganisationModel):
    """Two parties that look alike and somebody said they are not the same. `first` < `second`."""

    first = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("parecido descartado")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "first", "second"], name="not_duplicate_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"
