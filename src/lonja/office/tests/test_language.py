"""Whoever chooses English reads English; nobody else notices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import formats, translation

from lonja.accounts.models import User

PROFILE = "/configuracion/mi-cuenta/"


def choose(client, language):
    return client.post(PROFILE, {"full_name": "Lucía Ferrer", "language": language})


def test_who_chooses_english_reads_it_from_the_next_page_on(as_lucia):
    assert ">Clientes<" in as_lucia.get("/clientes/").content.decode()
    choose(as_lucia, "en")
    page = as_lucia.get("/clientes/").content.decode()
    assert '<html lang="en"' in page
    assert ">Customers<" in page and ">Clientes<" not in page


def test_the_choice_of_one_changes_nothing_for_another(as_lucia, as_marcos):
    before = as_marcos.get("/clientes/").content.decode()
    choose(as_lucia, "en")
    as_lucia.get("/clientes/")
    after = as_marcos.get("/clientes/").content.decode()
    assert '<html lang="es"' in after
    assert before.count("Cliente") == after.count("Cliente")


def test_a_browser_in_english_does_not_change_the_screens_of_a_spanish_company(as_lucia):
    page = as_lucia.get("/clientes/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert '<html lang="es"' in page.content.decode()
    login = Client().get("/cuenta/entrar/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "Entrar en Lonja" in login.content.decode()


@pytest.mark.django_db
def test_the_login_offers_english_and_remembers_it_in_this_browser():
    browser = Client()
    assert ">English</button>" in browser.get("/cuenta/entrar/").content.decode()
    went = browser.post("/cuenta/idioma/", {"idioma": "en", "next": "/cuenta/entrar/"})
    assert went.status_code == 303 and went["Location"] == "/cuenta/entrar/"
    page = browser.get("/cuenta/entrar/").content.decode()
    assert "Log in to Lonja" in page and ">Español</button>" in page


@pytest.mark.django_db
def test_a_language_nobody_speaks_is_not_remembered_and_leads_nowhere_else():
    went = Client().post("/cuenta/idioma/", {"idioma": "fr", "next": "https://malo.example/"})
    assert went["Location"] == "/" and "idioma" not in went.cookies


def test_a_refusal_is_in_english_too(as_lucia):
    choose(as_lucia, "en")
    refused = as_lucia.post("/configuracion/mi-cuenta/", {"full_name": "", "language": "en"})
    assert refused.status_code == 422
    assert "There is a problem" in refused.content.decode()


def test_money_and_dates_are_written_the_same_in_both(as_lucia):
    def written():
        return [
            formats.localize(Decimal("1234.56")),
            formats.number_format(Decimal("1234567.8"), 2, use_l10n=True, force_grouping=True),
            formats.date_format(date(2026, 11, 2), "SHORT_DATE_FORMAT"),
            formats.get_format("DATE_INPUT_FORMATS"),
            formats.sanitize_separators("3,5"),
        ]

    with translation.override("es"):
        spanish = written()
    with translation.override("en"):
        assert written() == spanish
    assert spanish[0] == "1234,56" and spanish[-1] == "3.5"


def test_a_language_is_kept_when_only_the_name_changes(as_lucia, lucia):
    choose(as_lucia, "en")
    as_lucia.post(PROFILE, {"full_name": "Lucía F."})
    assert User.objects.get(pk=lucia.user_id).language == "en"


def test_a_customer_gets_the_same_words_whoever_presses(as_lucia, lonja, lucia):
    """What stays written does not follow the language of the screen."""
    from lonja.accounts.language import house, kept
    from lonja.billing.advances import advance_concept
    from lonja.parties.models import LeadStatus

    with translation.override("en"):
        assert advance_concept("F2026/0001") == "Anticipo facturado en F2026/0001"
        assert kept(LeadStatus.NEW.label) == "Nuevo" and str(LeadStatus.NEW.label) == "New"
        with house():
            assert translation.get_language() == "es"
        assert translation.get_language() == "en"


def test_each_member_is_told_in_the_language_they_read(lucia, marcos):
    from django.utils.translation import gettext

    from lonja.activity.models import Notification
    from lonja.activity.notices import notify

    User.objects.filter(pk=lucia.user_id).update(language="en")
    lucia.user.refresh_from_db()
    notify([lucia, marcos], "prueba", lambda: gettext("Guardar"), about=lucia, key="prueba")
    said = dict(Notification.objects.filter(key="prueba").values_list("member_id", "text"))
    assert said == {lucia.pk: "Save", marcos.pk: "Guardar"}


def test_what_the_lower_floors_refuse_is_in_english_too(as_lucia):
    from lonja.kit.errors import Refused
    from lonja.kit.money import parse_amount

    with translation.override("en"), pytest.raises(Refused, match="Write it as 1"):
        parse_amount("doce")
    with pytest.raises(Refused, match="Escríbelo como 1"):
        parse_amount("doce")


def test_the_invoice_editor_speaks_english_and_the_field_app_spanish(as_lucia):
    choose(as_lucia, "en")
    editor = as_lucia.get("/facturas/nueva/").content.decode()
    assert "Issue and send" in editor and "Emitir y enviar" not in editor
    assert '<html lang="es"' in as_lucia.get("/campo/").content.decode()
    assert "Good" in as_lucia.get("/").content.decode()


@pytest.mark.django_db
def test_who_joins_after_choosing_english_begins_in_english(lonja, lucia):
    from lonja.accounts.models import Role
    from lonja.office.actions.members import accept, invite

    invitation, _token = invite(
        "peter@climalevante.example",
        role=Role.SALES,
        profile="structural",
        reports_to=None,
        by=lucia,
    )
    with translation.override("en"):
        member = accept(invitation, user=None, full_name="Peter", password="una frase larga 42")
    assert member.user.language == "en"
