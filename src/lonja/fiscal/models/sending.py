"""The way to the agency: its pace, what went, and what was answered."""

from __future__ import annotations

import gzip
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly, FrozenColumns
from lonja.accounts.models import Company, OrganisationModel, ScopedManager
from lonja.fiscal.models.chain import Chain, OfAChain, Record

FIRST_WAIT = 60  # seconds, until the agency says another thing


class Channel(OrganisationModel):
    """One taxpayer before one environment of the agency: the row that sending locks.

    `wait_until` is the pace the agency asks for and nothing shortens it; `retry_at` is our own
    patience after a failure. While `lease_until` is ahead somebody is sending.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    nif = models.CharField(max_length=20)
    environment = models.CharField(max_length=10)
    wait_seconds = models.PositiveIntegerField(default=FIRST_WAIT)
    wait_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    batch_size = models.PositiveSmallIntegerField(default=1000)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=30, blank=True, default="")
    problem = models.CharField(max_length=500, blank=True, default="")
    last_ok_at = models.DateTimeField(null=True)
    # The agency's clock less ours, as its last answer showed.
    clock_skew_seconds = models.IntegerField(default=0)
    # 31 December of the year in which the taxpayer leaves VERI*FACTU (FechaFinVeriFactu).
    leaves_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("envío a la AEAT")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "nif", "environment"], name="channel_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.nif} · {self.environment}"


class SubmissionState(models.TextChoices):
    SENDING = "sending", _("Enviando")
    ANSWERED = "answered", _("Respondido")
    FAULT = "fault", _("Rechazado entero")
    UNREACHED = "unreached", _("No llegó a salir")
    LOST = "lost", _("Sin respuesta")


class Submission(OrganisationModel):
    """A message to the agency: its records in order, what was sent and what came back."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="submissions")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=SubmissionState.choices, default=SubmissionState.SENDING
    )
    record_ids = models.JSONField(default=list)
    # Those that had left before without an answer: a duplicate of them is ours.
    resent_ids = models.JSONField(default=list)
    count = models.PositiveSmallIntegerField(default=0)
    is_incident = models.BooleanField(default=False)
    url = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=24, blank=True)  # EstadoEnvio
    csv = models.CharField(max_length=40, blank=True)
    wait_seconds = models.PositiveIntegerField(null=True)
    error_code = models.CharField(max_length=30, blank=True)
    error_text = models.CharField(max_length=1500, blank=True)
    request = models.BinaryField(default=b"")
    answer = models.BinaryField(default=b"")

    database_lock = FrozenColumns(
        when="OLD.state <> 'sending'",
        columns=("chain_id", "record_ids", "sent_at", "request", "answer", "csv", "outcome"),
    )

    objects = ScopedManager.from_queryset(OfAChain)()

    class Meta:
        verbose_name = _("envío")
        indexes = [
            models.Index(fields=["organisation", "channel", "-id"], name="submission_recent")
        ]

    def __str__(self) -> str:
        return f"{self.sent_at:%d/%m/%Y %H:%M} · {self.count}"

    @property
    def request_xml(self) -> bytes:
        return gzip.decompress(bytes(self.request)) if self.request else b""

    @property
    def answer_xml(self) -> bytes:
        return gzip.decompress(bytes(self.answer)) if self.answer else b""


class Result(OrganisationModel):
    """What the agency said of one record in one submission."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="results")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="results")
    outcome = models.CharField(max_length=24)  # EstadoRegistro
    code = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=1500, blank=True)
    duplicate_state = models.CharField(max_length=24, blank=True)  # EstadoRegistroDuplicado
    adopted = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("respuesta de un registro")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "submission", "record"], name="result_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "record"], name="result_record")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.code}".strip()


def packed(xml: bytes) -> Any:
    """Bytes as `request` and `answer` keep them."""
    return gzip.compress(xml, 5) if xml else b""
