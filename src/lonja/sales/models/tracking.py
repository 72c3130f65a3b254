"""What is known of how a quote is read: the visits to its link, and what was talked about it."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.sales.models.quote import Quote
from lonja.sales.models.signature import PublicLink
from lonja.tasks.models import Interaction


class Verdict(models.TextChoices):
    HUMAN = "human", _("Persona")
    ROBOT = "robot", _("Robot")
    TEAM = "team", _("De la casa")


class VisitQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(quote__agent_id__in=member.subordinate_ids())
        return rows

    def human(self) -> Self:
        """Only those of people: the only ones that count."""
        return self.filter(verdict=Verdict.HUMAN)


class QuoteVisit(OrganisationModel):
    """A visit to the page of a quote: one device, without half an hour of silence.

    Nothing is kept on the visitor's device. Of the address only its network is kept, of the user
    agent the words «iPhone · Safari» (whole only for robots, to judge the judgement). `sections`
    and `options` map names and keys of lines to what was seen: seconds, changes, last state.
    """

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="visits")
    link = models.ForeignKey(PublicLink, on_delete=models.CASCADE, related_name="visits")
    version = models.PositiveIntegerField()
    device = models.CharField(max_length=60, blank=True, default="")
    network = models.CharField(max_length=45, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")
    verdict = models.CharField(max_length=5, choices=Verdict.choices, default=Verdict.ROBOT)
    reason = models.CharField(max_length=20, blank=True, default="")  # code in lonja.sales.robots
    # Another device than the one it was first opened with: somebody may have passed it on.
    elsewhere = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    requests = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    sections = models.JSONField(default=dict)  # name -> seconds in front of somebody
    options = models.JSONField(
        default=dict
    )  # key of the line -> {"s": seconds, "n": changes, "on"}
    downloads = models.PositiveIntegerField(default=0)

    objects = ScopedManager.from_queryset(VisitQuerySet)()

    class Meta:
        verbose_name = _("visita a un presupuesto")
        indexes = [
            models.Index(fields=["organisation", "quote", "-id"], name="visit_quote"),
            models.Index(fields=["organisation", "network", "started_at"], name="visit_network"),
            models.Index(
                fields=["organisation", "started_at"],
                condition=models.Q(verdict="human"),
                name="visit_human",
            ),
        ]

    def __str__(self) -> str:
        return self.device or str(_("Otro navegador"))


class QuoteContact(OrganisationModel):
    """A call, visit, note or mail with the client that was about this quote."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="contacts")
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager()

    class Meta:
        verbose_name = _("contacto por un presupuesto")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "quote", "interaction"], name="quote_contact_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "quote"], name="quote_contact_quote")]

    def __str__(self) -> str:
        return f"{self.quote_id} · {self.interaction_id}"
