"""What is made once for each process says the right thing to each person."""

import re

from django.template import Context, Template
from django.urls import reverse

from lonja.accounts.models import Role
from lonja.ui.kept import Kept, address, row_address


def _side(client, path, **headers):
    page = client.get(path, headers=headers).content.decode()
    return page[page.index("<aside") : page.index("</aside>")]


def test_the_menus_kept_for_one_role_are_not_shown_to_another(as_lucia, as_marcos):
    assert "Cobros" in _side(as_lucia, "/clientes/")
    assert "Cobros" not in _side(as_marcos, "/clientes/")
    assert "Cobros" in _side(as_lucia, "/clientes/")


def test_a_new_role_has_its_menus_at_once(as_marcos, marcos):
    assert "Cobros" not in _side(as_marcos, "/clientes/")
    marcos.role = Role.ADMIN
    marcos.save()
    assert "Cobros" in _side(as_marcos, "/clientes/")


def test_each_page_marks_its_own_entry(as_lucia):
    for path in ("/clientes/", "/facturas/", "/clientes/"):
        marked = re.findall(r'href="([^"]+)" aria-current="page"', _side(as_lucia, path))
        assert marked == [f"/clima-levante{path}"]


def test_menus_lead_into_the_organisation_of_who_looks(as_lucia, as_nuria):
    assert '"/clima-levante/clientes/"' in _side(as_lucia, "/clientes/")
    other = _side(as_nuria, "/clientes/")
    assert "clima-levante" not in other
    assert "/clientes/" in other


def test_what_is_kept_is_written_once_for_each_key():
    page = Template("{% load ui %}{% keep key %}{{ text }}{% endkeep %}")
    assert page.render(Context({"key": 1, "text": "<a>"})) == "&lt;a&gt;"
    assert page.render(Context({"key": 1, "text": "b"})) == "&lt;a&gt;"
    assert page.render(Context({"key": 2, "text": "b"})) == "b"


def test_too_many_are_forgotten():
    kept = Kept(most=2)
    assert [kept.get(n, lambda n=n: n * 10) for n in (1, 2, 3, 1)] == [10, 20, 30, 10]
    assert len(kept._made) == 2


def test_addresses_are_those_that_reverse_gives(settings):
    settings.ROOT_URLCONF = settings.ORGANISATION_URLCONF
    assert address("parties:client_list") == reverse("parties:client_list")
    for pk in (1, 987654):
        assert row_address("parties:client", pk) == reverse("parties:client", args=[pk])
