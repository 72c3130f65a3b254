"""What each person keeps around their tasks: the link of their calendar, reminders, and what they
talked about with clients."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.parties.models import Contact, Party
from lonja.tasks.models.task import Task


class CalendarFeed(OrganisationModel):
    """The private link under which a member's tasks are read by their calendar program.

    Only the hash of the secret is kept; a link that was revoked never works again.
    """

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("enlace del calendario")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "member"],
                condition=models.Q(revoked_at=None),
                name="calendar_feed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.created_at:%d/%m/%Y}"


class TaskReminder(OrganisationModel):
    """A member wants to be told about a task at a moment. `sent_at` says that it was, once."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="reminders")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    remind_at = models.DateTimeField(_("cuándo"))
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("recordatorio")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "task", "member", "remind_at"], name="task_reminder_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "remind_at"],
                condition=models.Q(sent_at=None),
                name="reminder_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} · {self.remind_at:%d/%m/%Y %H:%M}"


class InteractionKind(models.TextChoices):
    CALL = "call", _("Llamada")
    VISIT = "visit", _("Visita")
    NOTE = "note", _("Nota")
    MAIL = "mail", _("Correo")


class CallResult(models.TextChoices):
    TALKED = "talked", _("Hablamos")
    NO_ANSWER = "no_answer", _("No contesta")
    MESSAGE = "message", _("Dejé mensaje")
    CALL_BACK = "call_back", _("Hay que volver a llamar")
    WRONG = "wrong", _("Número equivocado")


class InteractionQuerySet(ScopedQuerySet):
    def visible_to(self, member: Any) -> Self:
        """Those of the clients that the member may see."""
        rows = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(party__agent_id__in=member.subordinate_ids())
        return rows


class Interaction(OrganisationModel):
    """A call, visit, note or mail with a client, written by whoever had it."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="interactions")
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("con quién"),
    )
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=InteractionKind.choices)
    result = models.CharField(
        _("resultado"), max_length=10, choices=CallResult.choices, blank=True, default=""
    )
    minutes = models.PositiveSmallIntegerField(_("minutos"), null=True, blank=True)
    text = models.CharField(_("qué se dijo"), max_length=2000, blank=True, default="")
    at = models.DateTimeField(_("cuándo"))
    undone_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ScopedManager.from_queryset(InteractionQuerySet)()

    class Meta:
        verbose_name = _("contacto con un cliente")
        indexes = [models.Index(fields=["organisation", "party", "-id"], name="interaction_party")]

    def __str__(self) -> str:
        return str(self.get_kind_display())
