"""A list over real rows (companies of the organisation), mounted only for these tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from lonja.accounts.access import member_required
from lonja.accounts.models import Company
from lonja.config import org_urls
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, panel, toast
from lonja.ui.tables import (
    BulkAction,
    ChoiceFilter,
    Column,
    FlagFilter,
    Tab,
    Table,
    list_urls,
)


class CityForm(forms.Form):
    city = forms.CharField(label="Población")


def _rename(company: Company, by: Any, data: dict[str, Any]) -> None:
    if company.city == "Cerrada":
        raise Refused("closed", "Esta empresa está cerrada.")
    company.trade_name = f"{company.trade_name} ✓"
    company.save()


def _move(company: Company, by: Any, data: dict[str, Any]) -> None:
    company.city = data["city"]
    company.save()


class CompanyTable(Table):
    slug = "tests.companies"
    title = "Empresas"
    search_hint = "Nombre"
    default_order = "legal_name"
    page_size = 10
    columns = [
        Column("legal_name", "Razón social", key=True, sort="legal_name", card="title"),
        Column("nif", "NIF"),
        Column("city", "Población", sort="city"),
        Column("logo_id", "Logo", sort="logo_id", nullable=True, default=False),
        Column("payment_terms_days", "Plazo", kind="number", sort="payment_terms_days"),
    ]
    filters = [
        ChoiceFilter("ciudad", "Población", [("Dénia", "Dénia"), ("Elx", "Elx")], field="city"),
        FlagFilter("contado", "Al contado", apply=lambda q, v: q.filter(payment_terms_days=0)),
    ]
    tabs = [Tab("", "Todas"), Tab("elx", "De Elx", lambda q, member: q.filter(city="Elx"))]
    totals = {"payment_terms_days": Count("pk")}
    bulk = [
        BulkAction("marcar", "Marcar", "check", each=_rename),
        BulkAction("mudar", "Mudar", "map-pin", each=_move, form=CityForm),
    ]

    def rows(self) -> QuerySet:
        return Company.objects.visible_to(self.member)

    def search(self, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(legal_name__icontains=text)

    def row_url(self, row: Company) -> str:
        return f"/empresas/{row.pk}/"


@member_required(None)
@once
def add_company(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    if not name:
        raise Refused("no_name", "Falta el nombre. Escríbelo y vuelve a enviar.", field="name")
    Company.objects.create(legal_name=name, nif=f"X{Company.objects.count():07}")
    toast(request, "Empresa creada")
    return done(request, "/hecho/")


@member_required(None)
def card(request: HttpRequest) -> HttpResponse:
    return panel(request, "ui/card.html", {"card": {"slug": "una", "url": "/x/", "width": 4}})


TEST_URLS = path(
    "prueba/",
    include(
        (
            [
                *list_urls("empresas/", CompanyTable, name="companies"),
                path("alta/", add_company, name="add"),
                path("tarjeta/", card, name="card"),
            ],
            "prueba",
        )
    ),
)


@pytest.fixture(autouse=True)
def test_pages(request: pytest.FixtureRequest) -> Iterator[None]:
    """The pages of these tests, added to those of the organisation."""
    from django.urls import clear_url_caches

    org_urls.urlpatterns.append(TEST_URLS)
    clear_url_caches()
    yield
    org_urls.urlpatterns.remove(TEST_URLS)
    clear_url_caches()


@pytest.fixture
def companies(lonja: Any) -> list[Company]:
    """Twenty-five companies with repeated cities, beside the one of the cast."""
    return Company.objects.bulk_create(
        Company(
            legal_name=f"Empresa {number:02}",
            nif=f"T{number:08}",
            city=("Dénia", "Elx", "Alcoi")[number % 3],
            payment_terms_days=number % 4 * 30,
        )
        for number in range(25)
    )
