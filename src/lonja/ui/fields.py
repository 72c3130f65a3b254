"""Rendering of form fields: any Django field gets our classes, ids and ties."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

BARE = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


def kind_of(bound: BoundField) -> str:
    """Which shape of `ui/field.html` fits: text, check, choices, date, colour…"""
    widget = bound.field.widget
    declared = getattr(widget, "ui_kind", "")
    if declared:
        return declared
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "text"


def attributes(bound: BoundField, hint: Any = "") -> dict[str, str | bool]:
    """Attributes of the control: class, and the ids of what describes it."""
    widget = bound.field.widget
    given = widget.attrs.get("class", "")
    if isinstance(widget, forms.CheckboxInput):
        base = "switch" if getattr(widget, "ui_switch", False) else "check"
    elif isinstance(widget, BARE):
        base = "check"
    else:
        base = "in"
    attrs: dict[str, str | bool] = {"class": f"{base} {given}".strip()}
    ties = []
    if hint or bound.help_text:
        ties.append(f"{bound.auto_id}-ayuda")
    if bound.errors:
        ties.append(f"{bound.auto_id}-error")
        attrs["aria-invalid"] = "true"
    if ties:
        attrs["aria-describedby"] = " ".join(ties)
    return attrs


def control(bound: BoundField, *, aria_label: Any = "", hint: Any = "") -> SafeString:
    attrs = attributes(bound, hint)
    if aria_label:
        attrs["aria-label"] = str(aria_label)
    return bound.as_widget(attrs=attrs)


def render(
    bound: BoundField, *, label: Any = "", hint: Any = "", classes: str = "", optional: bool = True
) -> SafeString:
    if bound.is_hidden:
        return SafeString(bound)
    kind = kind_of(bound)
    context = {
        "bound": bound,
        "kind": kind,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "classes": classes,
        "optional": optional and not bound.field.required and kind != "check",
        "errors": messages_of(bound),
        "control": control(bound, hint=hint),
        "options": list(bound) if kind == "choices" else [],
        "swatch": _swatch(bound.value()) if kind == "color" else "",
        "unit": getattr(bound.field.widget, "ui_unit", ""),
    }
    return render_to_string("ui/field.html", context)


def _swatch(value: Any) -> str:
    """A colour the browser's palette accepts."""
    return value if re.fullmatch(r"#[0-9a-fA-F]{6}", str(value or "")) else "#0e6f78"


# What Django says when nobody wrote anything better.
REQUIRED = forms.Field.default_error_messages["required"]


def messages_of(bound: BoundField) -> list[str]:
    """Errors of a field; «required» says which field is missing, so that the summary helps, unless
    the field has words of its own for it."""
    if not bound.errors:
        return []
    found = []
    for error in bound.errors.as_data():
        told = str(bound.field.error_messages.get("required", ""))
        if error.code == "required" and told == str(REQUIRED):
            found.append(_("Falta «%(label)s».") % {"label": bound.label})
        else:
            found += [str(text) for text in error.messages]
    return found


def errors_of(form: Any) -> list[dict[str, str]]:
    """(text, id of the control) of every error of a form or formset, in page order."""
    if hasattr(form, "forms"):  # formset
        items = [{"text": text, "id": ""} for text in form.non_form_errors()]
        for one in form.forms:
            items += errors_of(one)
        return items
    if not form.is_bound and not form._errors:
        return []
    items = [{"text": text, "id": ""} for text in form.non_field_errors()]
    for bound in form:
        target = bound.id_for_label or bound.auto_id
        if kind_of(bound) == "choices":
            target = f"{bound.auto_id}_0"
        items += [{"text": text, "id": target} for text in messages_of(bound)]
    return items
