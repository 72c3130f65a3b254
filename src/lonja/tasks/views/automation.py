"""«Reglas automáticas»: write them, try them, switch them on and read what they did."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import member_required
from lonja.kit.errors import Refused
from lonja.tasks import origins, permissions, triggers
from lonja.tasks.actions import automation
from lonja.tasks.forms.config import RuleForm
from lonja.tasks.models import AutomationRule
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, refused_form, toast


@member_required(permissions.CONFIGURE)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    found = list(AutomationRule.objects.active())
    doing = dict(automation.actions())
    for rule in found:
        known = triggers.trigger(rule.trigger)
        label = str(known.label) if known is not None else _("Ya no existe")
        rule.when = label.replace("N ", f"{rule.days} ", 1)  # type: ignore[attr-defined]
        rule.then = doing.get(rule.action, "")  # type: ignore[attr-defined]
        rule.times = rule.runs.count()  # type: ignore[attr-defined]
    return render(request, "tasks/rules.html", {"rules": found})


def _page(request: HttpRequest, rule: AutomationRule, form: RuleForm) -> HttpResponse:
    template = "tasks/rule.html"
    context = {
        "rule": rule,
        "form": form,
        "title": rule.name if rule.pk else _("Regla nueva"),
        "runs": list(rule.runs.select_related("task").order_by("-pk")[:50]) if rule.pk else [],
    }
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        kept = automation.save_rule(
            form.filled(),
            by=request.member,  # type: ignore[attr-defined]
            at=timezone.now(),
            past=form.cleaned_data["past"],
        )
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Regla guardada"))
    return HttpResponseRedirect(reverse("tasks:rule", args=[kept.pk]), status=303)


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def rule_new(request: HttpRequest) -> HttpResponse:
    rule = AutomationRule()
    return _page(request, rule, RuleForm(request.POST or None, rule=rule))


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(AutomationRule.objects.active(), pk=pk)
    return _page(request, found, RuleForm(request.POST or None, rule=found))


@member_required(permissions.CONFIGURE)
@require_GET
def rule_try(request: HttpRequest, pk: int) -> HttpResponse:
    """What it would act on now. Nothing is done."""
    found = get_object_or_404(AutomationRule.objects.active(), pk=pk)
    subjects = automation.would_act_on(found, at=timezone.now())
    shown = [(one, _address(request, one)) for one in subjects[:50]]
    context = {"rule": found, "subjects": shown, "count": len(subjects)}
    return render(request, "tasks/rule_try.html", context)


def _address(request: HttpRequest, subject: triggers.Subject) -> str:
    """Where the member may see it, or empty."""
    if subject.type == "tasks.task":
        return reverse("tasks:task", args=[subject.id])
    found = origins.born(request.member, subject.type, subject.id)  # type: ignore[attr-defined]
    return found.url if found is not None else ""


@member_required(permissions.CONFIGURE)
@require_POST
@once
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(AutomationRule.objects.active(), pk=pk)
    on = request.POST.get("activo") == "1"
    automation.switch_rule(found, on, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Regla en marcha") if on else _("Regla parada"))
    return HttpResponseRedirect(reverse("tasks:rule", args=[pk]), status=303)


@member_required(permissions.CONFIGURE)
@require_POST
@once
def rule_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it out of the list; its log stays."""
    found = get_object_or_404(AutomationRule.objects.active(), pk=pk)
    automation.switch_rule(found, False, by=request.member)  # type: ignore[attr-defined]
    AutomationRule.objects.filter(pk=pk).update(deactivated_at=timezone.now())
    toast(request, _("Regla retirada"))
    return HttpResponseRedirect(reverse("tasks:rules"), status=303)
