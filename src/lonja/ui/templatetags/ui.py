"""`{% load ui %}`: icons, badges, money, dates, fields and the submission key."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BoundField
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lonja.ui import cells, fields, formats, kept, registry, shortcuts
from lonja.ui import urls as ui_urls
from lonja.ui.tables import rows

register = template.Library()

register.tag("keep", kept.keep)

register.simple_tag(cells.icon, name="icon")
register.simple_tag(rows.options, name="filter_options")
register.simple_tag(cells.badge, name="badge")
register.simple_tag(cells.avatar, name="avatar")
register.simple_tag(cells.person, name="person")
register.simple_tag(cells.sparkline, name="sparkline")
register.simple_tag(cells.share_bar, name="share_bar")
register.simple_tag(cells.money, name="money_cell")
register.simple_tag(ui_urls.global_url, name="global_url")

register.filter("money", formats.money)
register.filter("quantity", formats.quantity)
register.filter("pct", formats.percent)
register.filter("compact_money", formats.compact_money)
register.filter("integer", formats.integer)
register.filter("full_date", formats.full_date)
register.filter("near_date", formats.near_date)
register.filter("ago", formats.ago)
register.filter("duration", formats.duration)
register.filter("initials", formats.initials)


@register.simple_tag
def date_cell(value: Any, tone: str = "") -> SafeString:
    """`<time>` with «21/11/2026»."""
    return cells.when(value, tone=tone)


@register.simple_tag
def day(value: Any, tone: str = "") -> SafeString:
    """`<time>` with «Hoy 10:30», «Lun. 23/11» or «21/11/2026»."""
    return cells.when(value, near=True, tone=tone)


@register.filter
def big_money(value: Any) -> SafeString:
    """Money of a KPI: the euro sign smaller."""
    text = formats.money(value).removesuffix("€").rstrip(formats.NBSP)
    return format_html("{}<small>\u00a0€</small>", text)


@register.filter
def as_json(value: Any) -> str:
    """JSON for an attribute that a script reads (the template escapes it)."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


@register.simple_tag
def submission_key() -> SafeString:
    """The hidden field that makes a second press of the same form return the first answer."""
    return format_html('<input type="hidden" name="_key" value="{}">', secrets.token_urlsafe(18))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """«?…» of this page with some parameters changed; None or "" takes one away."""
    params: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}" if params else "?"


@register.simple_tag(takes_context=True)
def object_panels(context: dict[str, Any], type: str, pk: int) -> SafeString:
    """What other rooms show on the page of an object: their panels, each with its permission."""
    request = context["request"]
    return SafeString(
        "".join(
            shortcuts.include(request, panel.url_name, *([] if panel.only else [type]), pk)
            for panel in registry.object_panels_for(request.member, type)
        )
    )


@register.simple_tag(name="field")
def field_tag(
    bound: BoundField, label: Any = "", hint: Any = "", classes: str = "", optional: bool = True
) -> SafeString:
    """A form field whole: label, hint, error and control, tied for screen readers."""
    return fields.render(bound, label=label, hint=hint, classes=classes, optional=optional)


@register.simple_tag
def control(bound: BoundField, label: Any = "") -> SafeString:
    """Only the control, with an accessible name, for cells of a line editor."""
    return fields.control(bound, aria_label=label or bound.label)


@register.simple_tag
def form_fields(form: Any, *names: str) -> SafeString:
    """All the visible fields of a form (or those named), and the hidden ones."""
    shown = [form[name] for name in names] if names else form.visible_fields()
    hidden = "" if names else "".join(str(bound) for bound in form.hidden_fields())
    return SafeString(hidden + "".join(fields.render(bound) for bound in shown))


@register.simple_tag
def error_summary(form: Any, *more: Any) -> SafeString:
    """The box «Hay un problema» with a link to each field; nothing when there are no errors."""
    forms = [form, *more]
    items = [item for one in forms if one is not None for item in fields.errors_of(one)]
    if not items:
        return SafeString("")
    return render_to_string("ui/error_summary.html", {"items": items})


@register.simple_tag
def kpi(
    label: Any,
    value: Any,
    note: Any = "",
    tone: str = "",
    trend: Any = "",
    url: str = "",
    spark: Sequence[Any] = (),
    spark_colour: str = "1",
    progress: int | None = None,
    after: Any = "",
) -> SafeString:
    """A KPI card. `value` in cents or Decimal for money, or text; `trend` such as «3,2 %»;
    `progress` from 0 to 100; `after` is a second note that the phone leaves out."""
    context = {
        "label": label,
        "value": value if isinstance(value, str) else big_money(value),
        "note": note,
        "tone": tone,
        "trend": trend,
        "down": str(trend).startswith(("-", "−")),
        "url": url,
        "spark": cells.sparkline(list(spark), spark_colour),
        "progress": progress,
        "after": after,
    }
    return render_to_string("ui/kpi.html", context)


@register.simple_tag
def empty(
    icon_name: str, text: Any, url: str = "", action: Any = "", example_url: str = ""
) -> SafeString:
    """An empty state: one sentence of benefit and one action."""
    context = {
        "icon": icon_name,
        "text": text,
        "url": url,
        "action": action,
        "example": example_url,
    }
    return render_to_string("ui/empty.html", context)
