"""The palette: what it finds, for whom, and at which cost."""

from __future__ import annotations

import pytest

from lonja.activity import record
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.ui import registry
from lonja.ui.registry import Hit


@pytest.fixture
def clients_found(monkeypatch):
    def find(member, text, limit):
        rows = Party.objects.visible_to(member).filter(search_text__contains=search_text(text))
        return [Hit(row.name, row.nif, f"/c/{row.pk}", "user") for row in rows[:limit]]

    provider = registry.SearchProvider("Clientes", "c", None, find)
    monkeypatch.setattr(registry, "_search", [provider])


def make_client(name, agent):
    return Party.objects.create(name=name, agent=agent)


def test_search_finds_clients_and_screens(as_lucia, lucia, clients_found):
    make_client("Hotel Mirador", lucia)
    assert "Hotel Mirador" in as_lucia.htmx("/buscar/?q=mirador").content.decode()
    actions = as_lucia.htmx("/buscar/?q=marca").content.decode()
    assert "Acciones" in actions and "/clima-levante/configuracion/marca/" in actions


def test_search_shows_only_what_the_member_may_see(as_marcos, lucia, marcos, clients_found):
    make_client("Hotel Mirador", lucia)
    make_client("Mirador de Marcos", marcos)
    html = as_marcos.htmx("/buscar/?q=mirador").content.decode()
    assert "Mirador de Marcos" in html
    assert "Hotel Mirador" not in html


def test_search_never_crosses_organisations(as_nuria, lucia, clients_found):
    make_client("Hotel Mirador", lucia)
    assert "Hotel Mirador" not in as_nuria.htmx("/buscar/?q=mirador").content.decode()


def test_a_prefix_asks_only_that_group(as_lucia, lucia, clients_found):
    make_client("Marca Blanca", lucia)
    html = as_lucia.htmx("/buscar/?q=c:marca").content.decode()
    assert "Marca Blanca" in html
    assert "Acciones" not in html


def test_nothing_found_says_so(as_lucia, clients_found):
    assert "Nada con «zzz»" in as_lucia.get("/buscar/?q=zzz").content.decode()


def test_an_empty_search_offers_what_was_touched_last(as_lucia, as_marcos, lucia):
    party = make_client("Hotel Mirador", lucia)
    record(lucia, "parties.changed", party)
    record(lucia, "parties.changed", party)
    html = as_lucia.htmx("/buscar/?q=").content.decode()
    assert html.count("Hotel Mirador") == 1
    assert f"/clima-levante/clientes/{party.pk}/" in html
    assert "Hotel Mirador" not in as_marcos.htmx("/buscar/?q=").content.decode()


def test_search_asks_the_database_little(
    as_lucia, lucia, clients_found, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        as_lucia.htmx("/buscar/?q=mirador")
