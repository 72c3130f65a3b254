"""What the history says of the office, in words."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.models import Company, Profile, Role
from lonja.activity.labels import describe
from lonja.office import permissions


def declare() -> None:
    """Tell the history how our verbs read, and who may read them."""
    members, settings = permissions.MEMBERS, permissions.SETTINGS
    _say = gettext_lazy
    describe("office.organisation_created", _say("creó la organización"), "building", settings)
    describe("office.joined", _say("aceptó la invitación"), "user-check", members)
    describe("office.invited", _say("invitó a %(email)s"), "user-plus", members)
    describe(
        "office.invitation_revoked",
        _say("anuló la invitación de %(email)s"),
        "user-off",
        members,
    )
    describe("office.member_changed", member_changed, "shield-check", members)
    describe("office.member_deactivated", _say("cerró su acceso"), "user-off", members)
    describe("office.member_reactivated", _say("abrió otra vez su acceso"), "user-check", members)
    describe("office.second_factor_reset", _say("quitó su segundo factor"), "shield-off", members)
    describe("office.profile_changed", _say("cambió su nombre"), "user", members)
    describe("office.company_created", _say("dio de alta la empresa"), "building", settings)
    describe("office.company_changed", company_changed, "building", settings)
    describe(
        "office.policy_changed",
        _say("dejó en %(grace_days)s los días para activar el segundo factor"),
        "shield-lock",
        members,
    )
    hours, away = permissions.SCHEDULES, permissions.ABSENCES
    describe("office.calendar_created", _say("creó el horario"), "clock-hour-4", hours)
    describe("office.calendar_changed", calendar_changed, "clock-hour-4", hours)
    describe("office.calendar_default", _say("lo hizo general"), "clock-hour-4", hours)
    describe("office.calendar_deactivated", _say("lo desactivó"), "clock-off", hours)
    describe("office.calendar_reactivated", _say("lo activó otra vez"), "clock-hour-4", hours)
    describe("office.department_created", _say("creó el departamento"), "users-group", hours)
    describe("office.department_changed", _say("cambió el departamento"), "users-group", hours)
    describe("office.department_deactivated", _say("lo desactivó"), "users-minus", hours)
    describe("office.department_reactivated", _say("lo activó otra vez"), "users-group", hours)
    describe(
        "office.absence_created",
        _say("apuntó que %(name)s falta del %(first)s al %(last)s"),
        "beach",
        away,
    )
    describe(
        "office.absence_changed",
        _say("cambió la ausencia de %(name)s: del %(first)s al %(last)s"),
        "beach",
        away,
    )
    describe("office.absence_cancelled", _say("anuló la ausencia de %(name)s"), "beach-off", away)


def calendar_changed(data: dict[str, Any]) -> str:
    """«quitó el periodo «Verano»»."""
    name = data.get("name", "")
    sentences = {
        "period": _("guardó el periodo «%(name)s»"),
        "period_dropped": _("quitó el periodo «%(name)s»"),
        "holiday": _("añadió el festivo %(name)s"),
        "holidays_dropped": _("quitó el festivo del %(name)s"),
        "open_day": _("añadió la apertura del %(name)s"),
        "open_days_dropped": _("quitó la apertura del %(name)s"),
    }
    said = sentences.get(data.get("what", ""), _("cambió la semana, el nombre o los festivos"))
    return said % {"name": name} if "%(name)s" in said else said


def company_changed(data: dict[str, Any]) -> str:
    """«cambió los datos de la empresa: domicilio fiscal, población»."""
    fields = [cast(Field, Company._meta.get_field(name)) for name in data.get("after", {})]
    names = [str(field.verbose_name) for field in fields]
    return f"{_('cambió los datos de la empresa')}: {', '.join(names)}"


def member_changed(data: dict[str, Any]) -> str:
    """«cambió sus permisos: Gestor → Contable»."""
    text = _("cambió sus permisos")
    before, after = data.get("before", {}), data.get("after", {})
    parts = []
    if before.get("role") != after.get("role"):
        parts.append(f"{_label(before)} → {_label(after)}")
    if before.get("profile") != after.get("profile"):
        hierarchical = after.get("profile") == Profile.HIERARCHICAL
        parts.append(_("ve solo lo suyo") if hierarchical else _("ve todo"))
    if before.get("reports_to") != after.get("reports_to"):
        parts.append(_("depende de otra persona") if after.get("reports_to") else _("sin superior"))
    if before.get("companies") != after.get("companies"):
        parts.append(_("otras empresas"))
    return f"{text}: {', '.join(parts)}" if parts else text


def _label(data: dict[str, Any]) -> str:
    value = data.get("role", "")
    return str(Role(value).label) if value in Role.values else value
