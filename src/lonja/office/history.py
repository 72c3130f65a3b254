"""The history of the office in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.models import Company, Profile, Role

VERBS = {
    "office.organisation_created": gettext_lazy("creó la organización"),
    "office.joined": gettext_lazy("aceptó la invitación"),
    "office.member_changed": gettext_lazy("cambió sus permisos"),
    "office.member_deactivated": gettext_lazy("cerró su acceso"),
    "office.member_reactivated": gettext_lazy("abrió otra vez su acceso"),
    "office.second_factor_reset": gettext_lazy("quitó su segundo factor"),
    "office.profile_changed": gettext_lazy("cambió su nombre"),
    "office.company_created": gettext_lazy("dio de alta la empresa"),
    "office.company_changed": gettext_lazy("cambió los datos de la empresa"),
    "office.invited": gettext_lazy("envió una invitación"),
    "office.invitation_revoked": gettext_lazy("anuló la invitación"),
    "office.policy_changed": gettext_lazy("cambió las normas de acceso"),
}


def in_words(event: Any) -> str:
    """«cambió sus permisos: Gestor → Contable»."""
    text = str(VERBS.get(event.verb, event.verb))
    if event.verb == "office.company_changed":
        names = [Company._meta.get_field(name).verbose_name for name in event.data.get("after", {})]
        return f"{text}: {', '.join(str(name) for name in names)}"
    if event.verb != "office.member_changed":
        return text
    before, after = event.data.get("before", {}), event.data.get("after", {})
    parts = []
    if before.get("role") != after.get("role"):
        parts.append(f"{_label(Role, before)} → {_label(Role, after)}")
    if before.get("profile") != after.get("profile"):
        hierarchical = after.get("profile") == Profile.HIERARCHICAL
        parts.append(_("ve solo lo suyo") if hierarchical else _("ve todo"))
    if before.get("reports_to") != after.get("reports_to"):
        parts.append(_("depende de otra persona") if after.get("reports_to") else _("sin superior"))
    if before.get("companies") != after.get("companies"):
        parts.append(_("otras empresas"))
    return f"{text}: {', '.join(parts)}" if parts else text


def _label(choices: Any, data: dict[str, Any]) -> str:
    value = data.get("role", "")
    return str(choices(value).label) if value in choices.values else value
