"""The list «Correo saliente»."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.mail.actions import approve, cancel, reject, retry
from lonja.mail.forms import RejectForm
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.mail.sending import server_in_use
from lonja.ui.cells import badge
from lonja.ui.kept import row_address
from lonja.ui.tables import BulkAction, ChoiceFilter, Column, DateFilter, Empty, Tab, Table

TONES = {
    MailStatus.HELD: "warn",
    MailStatus.QUEUED: "mut",
    MailStatus.SENDING: "info",
    MailStatus.SENT: "ok",
    MailStatus.FAILED: "bad",
    MailStatus.CANCELLED: "mut",
}


def status_badge(mail: OutgoingMail) -> Any:
    """The state of a mail as a coloured pill."""
    label, tone = mail.get_status_display(), TONES[MailStatus(mail.status)]
    if mail.bounced_at is not None:
        label, tone = _t("Rebotado"), "bad"
    elif mail.status == MailStatus.QUEUED and mail.attempts:
        label, tone = _t("Se reintentará"), "warn"
    elif mail.status == MailStatus.QUEUED and mail.not_before > timezone.now():
        label, tone = _t("Programado"), "acc"
    return badge(label, tone)


def next_try(mail: OutgoingMail) -> Any:
    waiting = mail.status in (MailStatus.QUEUED, MailStatus.HELD)
    return mail.not_before if waiting else None


class OutboxTable(Table):
    slug = "mail.outbox"
    title = _("Correo saliente")
    permission = "mail.outbox"
    template = "mail/outbox.html"
    search_hint = _("Asunto o destinatario")
    columns = (
        Column("subject", _("Asunto"), key=True, card="title", cut=True),
        Column("recipients", _("Para"), card="sub", cut=True),
        Column("status", _("Estado"), cell=status_badge, card="end"),
        Column("last_error", _("Motivo"), cut=True),
        Column("attempts", _("Intentos"), kind="number"),
        Column("not_before", _("Próximo intento"), kind="near", read=next_try),
        Column("created_at", _("Creado"), kind="near", card="sub2"),
        Column("sent_at", _("Enviado"), kind="near", default=False),
    )
    filters = (
        ChoiceFilter("estado", _("Estado"), MailStatus.choices, field="status"),
        DateFilter("fecha", _("Creado"), field="created_at"),
    )
    tabs = (
        Tab("", _("Todos"), count=False),
        Tab(
            "esperan",
            _("En espera"),
            lambda rows, member: rows.filter(status__in=(MailStatus.QUEUED, MailStatus.SENDING)),
        ),
        Tab(
            "por-aprobar",
            _("Por aprobar"),
            lambda rows, member: rows.filter(status=MailStatus.HELD),
        ),
        Tab(
            "fallidos",
            _("No enviados"),
            lambda rows, member: rows.filter(status=MailStatus.FAILED),
        ),
    )
    bulk = (
        BulkAction(
            "aprobar",
            _("Aprobar"),
            "check",
            "mail.approve",
            each=lambda m, by, data: approve(m, by=by),
        ),
        BulkAction(
            "rechazar",
            _("Rechazar"),
            "x",
            "mail.approve",
            each=lambda m, by, data: reject(m, by=by, reason=data["reason"]),
            form=RejectForm,
        ),
        BulkAction(
            "reintentar", _("Reintentar"), "refresh", each=lambda m, by, data: retry(m, by=by)
        ),
        BulkAction(
            "cancelar", _("Cancelar"), "ban", each=lambda m, by, data: cancel(m, by=by), danger=True
        ),
    )
    empty = Empty("mail", _("Aquí verás cada correo que sale, si llegó y por qué no."))

    def rows(self) -> QuerySet:
        return OutgoingMail.objects.visible_to(self.member).defer("text", "html")

    def search(self, queryset: QuerySet, text: str) -> QuerySet:
        from django.db.models import CharField, Q
        from django.db.models.functions import Cast

        return queryset.annotate(to_text=Cast("to", CharField())).filter(
            Q(subject__icontains=text) | Q(to_text__icontains=text)
        )

    def row_url(self, row: OutgoingMail) -> str:
        return row_address("mail:mail", row.pk)

    @property
    def has_server(self) -> bool:
        """Whether anything sends the mails of this organisation."""
        return server_in_use() is not None

    @property
    def may_configure(self) -> bool:
        return self.member.can("mail.settings")
