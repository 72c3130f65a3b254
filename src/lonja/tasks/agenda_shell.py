"""What the agenda and the contacts with clients hang on the shell, and how they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.activity.labels import describe
from lonja.jobs import every
from lonja.tasks import jobs, notices, permissions
from lonja.tasks.models import CallResult
from lonja.ui import registry
from lonja.ui.formats import full_date


def register() -> None:
    view = permissions.VIEW
    registry.nav("", _("Mi día"), "tasks:my_day", "sun", view, order=5)
    registry.settings_section(
        _("Personas"), "avisos", _("Mis avisos"), "tasks:alerts", "bell", view, order=63
    )
    registry.timeline_entry("tasks:interaction_entry", permissions.EDIT, order=10)
    every("tasks.remind", minutes=1, task=jobs.remind)
    every("tasks.digest", minutes=15, task=jobs.digest)
    notices.listen()
    describe("contact.call", _call, "phone")
    describe("contact.visit", _visit, "map-pin")
    describe("contact.note", _note, "note")
    describe("contact.mail", _mail, "mail")
    for kind, sentence in (
        ("call", _("anuló una llamada apuntada por error")),
        ("visit", _("anuló una visita apuntada por error")),
        ("note", _("anuló una nota apuntada por error")),
        ("mail", _("anuló un correo apuntado por error")),
    ):
        describe(f"contact.{kind}_undone", sentence, "arrow-back-up")
    describe("tasks.feed_created", _("hizo un enlace para su calendario"), "calendar", view)
    describe("tasks.feed_revoked", _("anuló el enlace de su calendario"), "calendar-off", view)


def _call(data: dict[str, Any]) -> str:
    who = data.get("contact")
    first = gettext("llamó a %(name)s") % {"name": who} if who else gettext("llamó")
    result = data.get("result", "")
    words = str(CallResult(result).label) if result in CallResult.values else ""
    return _sentence(f"{first}: {words}" if words else first, data)


def _visit(data: dict[str, Any]) -> str:
    who = data.get("contact")
    first = gettext("estuvo con %(name)s") % {"name": who} if who else gettext("hizo una visita")
    return _sentence(first, data)


def _note(data: dict[str, Any]) -> str:
    return _sentence(gettext("anotó"), data)


def _mail(data: dict[str, Any]) -> str:
    who = data.get("contact")
    first = gettext("escribió a %(name)s") % {"name": who} if who else gettext("escribió un correo")
    return _sentence(first, data)


def _sentence(first: str, data: dict[str, Any]) -> str:
    """«llamó a Carmen: Hablamos · 12 min · el 20/11/2026 10:30 — Quiere otro presupuesto»."""
    parts = [first]
    if data.get("minutes"):
        parts.append(f"{data['minutes']} min")
    when = data.get("when")
    if when:
        at = datetime.fromisoformat(when)
        if timezone.localtime(at).date() != timezone.localdate():
            parts.append(gettext("el %(day)s") % {"day": full_date(at)})
    text = data.get("text")
    return " · ".join(parts) + (f" — {text}" if text else "")
