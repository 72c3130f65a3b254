"""The rows of a list as HTML, made in Python.

A page of fifty rows has about a thousand small pieces; in a template each costs several calls, and
they were half of the time of a page. Everything that is not already safe is escaped here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lonja.ui.cells import escaped, icon

Row = Mapping[str, Any]


def body(
    rows: Sequence[Row], *, drawer: bool, checks: bool, actions: bool, request: HttpRequest
) -> SafeString:
    """The `<tr>`s of a table: each with its box to choose it and its menu when there are."""
    choose = _("Elegir %(name)s") if checks else ""
    token = get_token(request) if actions else ""
    parts: list[str] = []
    for item in rows:
        pk = escaped(item["row"].pk)
        parts.append(f'<tr data-row id="fila-{pk}">')
        if checks:
            label = escaped(choose % {"name": item["name"]})
            parts.append(
                '<td class="t-check"><label class="check-hit"><input type="checkbox" '
                f'class="check" name="id" value="{pk}" form="lote" aria-label="{label}">'
                "</label></td>"
            )
        for column, html in item["cells"]:
            classes = ("num" if column.numeric else "nowrap") + (" t-cut" if column.cut else "")
            text = escaped(html)
            if column.key and item["url"]:
                opens = f' data-drawer="{pk}"' if drawer else ""
                text = f'<a class="key" href="{escaped(item["url"])}"{opens}>{text}</a>'
            parts.append(f'<td class="{classes}">{text}</td>')
        if actions:
            menu = ""
            if item["actions"]:
                menu = _menu(item, token)
            parts.append(f'<td class="t-check">{menu}</td>')
        parts.append("</tr>")
    return mark_safe("".join(parts))


def cards(rows: Sequence[Row], *, drawer: bool) -> SafeString:
    """The same rows as the phone shows them."""
    parts: list[str] = []
    for item in rows:
        card, url = item["card"], item["url"]
        opens = f' data-drawer="{escaped(item["row"].pk)}"' if drawer else ""
        head = f'<a class="mcard" href="{escaped(url)}"{opens}>' if url else '<div class="mcard">'
        parts.append(
            f'<li data-row>{head}<span class="mcard-title">{_shown(card, "title")}</span>'
            f'<span class="mcard-end">{_shown(card, "end")}</span>'
        )
        if card.get("sub") or card.get("sub2"):
            parts.append(
                f'<span class="mcard-sub">{_shown(card, "sub")}</span>'
                f'<span class="mcard-sub2">{_shown(card, "sub2")}</span>'
            )
        parts.append("</a></li>" if url else "</div></li>")
    return mark_safe("".join(parts))


def _menu(item: Row, token: str) -> str:
    """The «⋯» of a row."""
    label = escaped(_("Acciones de %(name)s") % {"name": item["name"]})
    parts = [
        f'<details class="menu menu-end"><summary class="icon-btn icon-btn-s" '
        f'aria-label="{label}">{icon("dots", "s")}</summary><div class="menu-panel">'
    ]
    for action in item["actions"]:
        url, key = escaped(action["url"]), escaped(action.get("key", ""))
        keyed = f' data-row-key="{key}"' if key else ""
        text = f"{icon(action['icon'])}{escaped(action['label'])}"
        text += f'<kbd class="only-d">{key.upper()}</kbd>' if key else ""
        if action.get("post"):
            parts.append(
                f'<form method="post" action="{url}"><input type="hidden" '
                f'name="csrfmiddlewaretoken" value="{token}"><input type="hidden" name="_key" '
                f'value="{secrets.token_urlsafe(18)}"><button type="submit" class="menu-item"'
                f"{keyed}>{text}</button></form>"
            )
        else:
            opens = f' data-drawer="{escaped(item["row"].pk)}"' if action.get("drawer") else ""
            parts.append(f'<a class="menu-item" href="{url}"{keyed}{opens}>{text}</a>')
    parts.append("</div></details>")
    return "".join(parts)


def options(chip: Mapping[str, Any]) -> SafeString:
    """The choices of a filter: some lists offer two hundred of them."""
    kind = "checkbox" if chip["multiple"] else "radio"
    start = f'<input class="check" type="{kind}" name="{escaped(chip["filter"].name)}" value="'
    parts = [
        f'<label class="menu-item" data-keep>{start}{escaped(option["value"])}"'
        f"{' checked' if option['on'] else ''}>{escaped(option['label'])}</label>"
        for option in chip["options"]
    ]
    return mark_safe("".join(parts))


def _shown(card: Mapping[str, Any], place: str) -> str:
    return escaped(card.get(place, ""))
