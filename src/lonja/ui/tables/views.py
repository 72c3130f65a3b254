"""The pages of a list: whole, the `#tabla` fragment, export and bulk actions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import ResolverMatch, URLPattern, path, reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lonja.accounts.access import member_required
from lonja.kit.errors import Refused
from lonja.ui import requests
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, toast
from lonja.ui.tables import export
from lonja.ui.tables.bulk import BulkAction, BulkResult, run_each
from lonja.ui.tables.rows import body, cards
from lonja.ui.tables.table import COUNT_CAP, Table

EXPORT_AT_ONCE = 1000


def list_urls(route: str, table: type[Table], *, name: str, **context: Any) -> list[URLPattern]:
    """The list at `route` (named `name`) and its bulk actions at `route`acciones/."""
    permission = table.permission

    @member_required(permission)
    @require_GET
    def page(request: HttpRequest) -> HttpResponse:
        return list_view(request, table, **context)

    @member_required(permission)
    @require_POST
    @once
    def actions(request: HttpRequest) -> HttpResponse:
        room = cast(ResolverMatch, request.resolver_match).namespace
        return bulk_view(request, table, list_name=f"{room}:{name}")

    return [path(route, page, name=name), path(f"{route}acciones/", actions, name=f"{name}_bulk")]


def list_view(request: HttpRequest, table: type[Table], **context: Any) -> HttpResponse:
    """The whole page, or the part that changes when htmx asks for `#tabla`, or a spreadsheet."""
    state = table(request.member, request.GET)  # type: ignore[attr-defined]
    kind = request.GET.get("exportar", "")
    if kind in export.TYPES:
        return _export(request, state, kind)
    return answer(request, state, request.GET, context)


def answer(
    request: HttpRequest, state: Table, params: QueryDict, context: dict[str, Any]
) -> HttpResponse:
    with state.asked_ahead():
        shown = {**page_context(request, state, params), **context}
    if requests.target(request) == "tabla":
        response = render(request, "ui/list_body.html", shown)
        response.headers["HX-Push-Url"] = f"{shown['path']}{_clean(params)}"
        return response
    return render(request, state.template, shown)


def _clean(params: QueryDict, **changes: Any) -> str:
    """«?a=b» without empty parameters, «?» never alone."""
    pairs = [
        (key, value)
        for key, values in params.lists()
        if key != "exportar" and key not in changes
        for value in values
        if value != ""
    ]
    pairs += [(key, str(value)) for key, value in changes.items() if value not in ("", None)]
    return f"?{urlencode(pairs)}" if pairs else ""


def page_context(request: HttpRequest, state: Table, params: QueryDict) -> dict[str, Any]:
    where = request.path.removesuffix("acciones/")
    page = state.page
    written = [(column, column.html) for column in state.shown_columns]
    rows = [_row(state, row, written) for row in page.rows]
    has_actions = any(row["actions"] for row in rows)
    has_checks = bool(state.shown_bulk)
    drawer = bool(state.drawer)
    lines = body(rows, drawer=drawer, checks=has_checks, actions=has_actions, request=request)
    tabs = _tabs(state, where, params)
    turn = {"desde": "", "hasta": "", "n": "", "ver": ""}

    def link(**changes: Any) -> str:
        return where + (_clean(params, **{**turn, **changes}) or "?")

    return {
        "table": state,
        "path": where,
        "columns": [_head(state, column, link) for column in state.shown_columns],
        "rows": rows,
        "body": lines,
        "cards": cards(rows, drawer=drawer),
        "has_row_actions": has_actions,
        "sums": _sums(state),
        "tabs": tabs,
        "chips": [_chip(state, one, params, link) for one in state.shown_filters],
        "page": page,
        "count": state.count,
        "count_text": state.count_text,
        "previous_url": link(hasta=page.previous, n=max(1, page.start - state.page_size))
        if page.previous
        else "",
        "next_url": link(desde=page.next, n=page.end + 1) if page.next else "",
        "clear_url": where + (f"?vista={params['vista']}" if params.get("vista") else ""),
        "export_urls": {kind: link(exportar=kind) for kind in export.TYPES}
        if state.may_export(state.member)
        else {},
        "primary": _allowed(state, state.primary),
        "secondary": [a for a in (_allowed(state, a) for a in state.secondary) if a],
        "switch": [a for a in (_allowed(state, a) for a in state.switch) if a],
        "query_text": _clean(params).removeprefix("?"),
        "current_path": request.path,
        "has_checks": has_checks,
    }


def _allowed(state: Table, action: Any) -> dict[str, Any] | None:
    if action is None or (action.permission and not state.member.can(action.permission)):
        return None
    url = action.url()
    return {"action": action, "url": url} if url else None


def _head(state: Table, column: Any, link: Any) -> dict[str, Any]:
    head = {
        "column": column,
        "label": column.label,
        "numeric": column.numeric,
        "sort": "",
        "url": "",
    }
    if not column.sort:
        return head
    current = state.order.field == column.sort
    head["sort"] = ("descending" if state.order.descending else "ascending") if current else "none"
    down = "-" if (not state.order.descending if current else column.numeric) else ""
    head["url"] = link(orden=f"{down}{column.sort}")
    return head


def _row(state: Table, row: Any, written: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    cells = [(column, html(row)) for column, html in written]
    card = {column.card: html for column, html in cells if column.card}
    card.setdefault("title", cells[0][1] if cells else "")
    return {
        "row": row,
        "url": state.row_url(row),
        "cells": cells,
        "card": card,
        "actions": list(state.row_actions(row)),
        "name": str(row),
    }


def _sums(state: Table) -> list[Any]:
    if not state.totals:
        return []
    return [
        column.text(state.sums.get(column.name) or 0) if column.name in state.totals else ""
        for column in state.shown_columns
    ]


def _tabs(state: Table, where: str, params: QueryDict) -> list[dict[str, Any]]:
    shown = []
    for index, tab in enumerate(state.tabs):
        shown.append(
            {
                "label": tab.label,
                "url": where + (f"?vista={tab.slug}" if index else "?"),
                "current": state.tab is tab and state.saved_view is None,
                "count": _tab_count(state, tab) if tab.count else "",
            }
        )
    for view in state.saved_views:
        query = QueryDict(view.query, mutable=True)
        query["vista"] = view.slug
        shown.append(
            {
                "label": view.name,
                "url": f"{where}?{query.urlencode()}",
                "current": state.saved_view is view,
                "count": "",
                "view": view,
            }
        )
    return shown


def _tab_count(state: Table, tab: Any) -> str:
    number = state.tab_counts[tab.slug]
    return "1.000+" if number > COUNT_CAP else str(number)


def _chip(state: Table, one: Any, params: QueryDict, link: Any) -> dict[str, Any]:
    value = state.values.get(one.name)
    on = value is not None
    context = one.context(value, params, state.member)
    return {
        "filter": one,
        "label": one.label,
        "on": on,
        "text": one.describe(value, state.member) if on else "",
        "clear_url": link(**dict.fromkeys(one.parameters, "")),
        "set_url": link(**{one.name: "1"}),
        "key": None if on else _chip_key(one, context),
        **context,
    }


def _chip_key(one: Any, context: dict[str, Any]) -> Hashable | None:
    """All that a chip that is not used shows, for `{% keep %}`; None when its template may show
    something else."""
    if not context.keys() <= {"options", "multiple", "presets", "ends"}:
        return None
    offered = tuple(
        (option["value"], option["on"], str(option["label"]))
        for option in context.get("options") or context.get("presets") or ()
    )
    ends = tuple(context.get("ends", ()))
    multiple = context.get("multiple")
    return one.template, one.name, str(one.label), get_language(), multiple, ends, offered


def _export(request: HttpRequest, state: Table, kind: str) -> HttpResponse:
    if not state.may_export(state.member):
        raise PermissionDenied(state.export_permission)
    if state.count > EXPORT_AT_ONCE:
        return render(
            request,
            "ui/export_ask.html",
            {"table": state, "kind": kind, "query": _clean(request.GET).removeprefix("?")},
        )
    name, content, content_type = export.write(state, kind)
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- bulk ---------------------------------------------------------------------------------------
def bulk_view(request: HttpRequest, table: type[Table], *, list_name: str) -> HttpResponse:
    """Do an action to the chosen rows, or to all of the filter."""
    member = request.member  # type: ignore[attr-defined]
    params = QueryDict(request.POST.get("filtro", ""))
    state = table(member, params)
    action = next((a for a in table.bulk if a.code == request.POST.get("accion")), None)
    if action is None:
        raise Refused("bulk_unknown", _("Esa acción ya no existe. Recarga la página."))
    if action.permission and not member.can(action.permission):
        raise PermissionDenied(action.permission)
    rows = _chosen(request, state)
    data: dict[str, Any] = {}
    if action.form is not None:
        form = action.form(request.POST if request.POST.get("confirmado") else None)
        if not form.is_bound or not form.is_valid():
            return _ask(request, state, action, form, rows.count(), list_name)
        data = form.cleaned_data
    back = reverse(list_name) + (f"?{params.urlencode()}" if params else "")
    if action.many is not None:
        toast(request, action.many(rows, member, data))
    else:
        result = run_each(action, rows, member, data)
        toast(request, _told(action, result))
        if result.refused:
            context = {"table": state, "action": action, "result": result, "back": back}
            return render(request, "ui/bulk_result.html", context)
    return HttpResponseRedirect(back, status=303)


def _chosen(request: HttpRequest, state: Table) -> Any:
    if request.POST.get("todas") == "1":
        return state.narrowed().order_by("pk")
    ids = [int(pk) for pk in request.POST.getlist("id")[:1000] if pk.isascii() and pk.isdigit()]
    if not ids:
        raise Refused("bulk_none", _("No has elegido ninguna fila. Marca alguna y repítelo."))
    return state.base.filter(pk__in=ids).order_by("pk")


def _ask(
    request: HttpRequest, state: Table, action: BulkAction, form: Any, count: int, list_name: str
) -> HttpResponse:
    context = {
        "table": state,
        "action": action,
        "form": form,
        "count": count,
        "back": reverse(list_name),
        "ids": request.POST.getlist("id")[:1000],
        "all": request.POST.get("todas", ""),
        "filter_text": request.POST.get("filtro", ""),
    }
    if form.is_bound:
        return invalid(request, "ui/bulk_form.html", context)
    # Nothing was done yet: 422 gives the submission key back.
    return render(request, "ui/bulk_form.html", context, status=422)


def _told(action: BulkAction, result: BulkResult) -> str:
    if action.done is not None:
        return action.done(result.done)
    return ngettext("%(n)s hecha", "%(n)s hechas", result.done) % {"n": result.done}
