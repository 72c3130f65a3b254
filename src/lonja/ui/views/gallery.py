"""The gallery: every component and state with invented data, to look at and to test."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lonja.accounts.access import member_required
from lonja.kit.errors import Refused
from lonja.ui import brand
from lonja.ui.gallery import samples
from lonja.ui.gallery import table as sample_table
from lonja.ui.tables.views import answer


def _components(request: HttpRequest) -> dict[str, Any]:
    data = {f"mal-{name}": value for name, value in samples.WRONG.items()}
    wrong = samples.SampleForm(data, prefix="mal")
    wrong.is_valid()
    return {"form": samples.SampleForm(), "wrong": wrong, "is_error": False}


def _list(request: HttpRequest, *, none: bool = False) -> HttpResponse:
    table = sample_table.tasks(request.member, request.GET, none=none)  # type: ignore[attr-defined]
    return answer(request, table, request.GET, {"tabs": sample_table.TABS, "next_url": ""})


def _public(request: HttpRequest) -> dict[str, Any]:
    return {"brand": brand.of(request.company)}  # type: ignore[attr-defined]


def _refusal(request: HttpRequest) -> dict[str, Any]:
    raise Refused("gallery", "Esto es una negativa de muestra: dice qué ha pasado y qué hacer.")


PAGES: dict[str, tuple[str, Any]] = {
    "": ("ui/gallery/index.html", _components),
    "inicio": ("ui/gallery/home.html", lambda request: samples.home()),
    "ficha": ("ui/gallery/ficha.html", lambda request: samples.ficha()),
    "lista": ("", _list),
    "lista-vacia": ("", lambda request: _list(request, none=True)),
    "editor": ("ui/gallery/editor.html", lambda request: samples.editor()),
    "cajon": ("ui/gallery/drawer.html", lambda request: {"form": samples.SampleForm()}),
    "publica": ("ui/gallery/public.html", _public),
    "acceso": ("ui/gallery/bare.html", lambda request: {"form": samples.SampleForm()}),
    "negativa": ("", _refusal),
}


@member_required(None)
@require_GET
def gallery(request: HttpRequest, page: str = "") -> HttpResponse:
    if page not in PAGES:
        raise Http404
    template, make = PAGES[page]
    made = make(request)
    return made if isinstance(made, HttpResponse) else render(request, template, made)
