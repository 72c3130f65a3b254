"""What is mailed about a quote goes to whom it was sent in this version, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lonja.catalogue.models import PriceList
from lonja.documents.figures import figures_of
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Contact, Party
from lonja.sales.actions import (
    create_quote,
    extend_validity,
    new_version,
    publish_quote,
    save_quote,
    send_quote,
)
from lonja.sales.actions.opportunities import create_opportunity
from lonja.sales.actions.signers import set_signers
from lonja.sales.actions.validity import remind_due, resend
from lonja.sales.models import Opportunity, Quote, QuoteSettings
from lonja.sales.tests.house import BASE, LINES
from lonja.sales.tests.signers import sign
from lonja.sales.tests.test_editor import form

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lonja: Any) -> Party:
    party = Party.objects.create(name="Bar Sol", nif="B87654321", email="bar@sol.example")
    Contact.objects.create(party=party, name="Rosa Sol", is_main=True)
    return party


def long_ago(lonja: Any) -> None:
    """The company reminds, and what was sent was sent two months ago."""
    QuoteSettings.objects.update_or_create(
        company=lonja.company, defaults={"reminders_on": True, "reminder_days": [3]}
    )
    Quote.objects.update(sent_at=timezone.now() - timedelta(days=60))


def for_another(quote: Quote, other: Party, lucia: Any) -> Quote:
    """A second version, for another client, with the link published but mailed to nobody."""
    reopened = new_version(Quote.objects.get(pk=quote.pk), by=lucia)
    save_quote(reopened, fields={"party": other}, lines=LINES, edited=reopened.edited, by=lucia)
    return Quote.objects.get(pk=quote.pk)


def test_another_client_brings_its_contact_and_its_mail(
    sent: Any, quote: Quote, other: Party, lucia: Any
) -> None:
    moved = for_another(quote, other, lucia)
    assert (moved.contact_name, moved.email) == ("Rosa Sol", "bar@sol.example")


def test_another_client_does_not_inherit_the_signers_of_the_first(
    quote: Quote, other: Party, lucia: Any
) -> None:
    set_signers(quote, [("Ana Uno", "ana@mirador.example")], by=lucia)
    save_quote(quote, fields={"party": other}, lines=LINES, edited=quote.edited, by=lucia)
    assert publish_quote(quote, by=lucia, base_url=BASE).signer_email == ""


def test_a_contact_given_with_the_new_client_stays(quote: Quote, other: Party, lucia: Any) -> None:
    fields = {"party": other, "contact_name": "Luis", "email": "luis@sol.example"}
    save_quote(quote, fields=fields, lines=LINES, edited=quote.edited, by=lucia)
    told = Quote.objects.get()
    assert (told.contact_name, told.email) == ("Luis", "luis@sol.example")


def test_the_editor_left_open_does_not_bring_back_the_other_clients_mail(
    as_lucia: Any, quote: Quote, other: Party
) -> None:
    seen = {
        "seen_party": quote.party_id,
        "seen_contact_name": quote.contact_name,
        "seen_email": quote.email,
        "contact_name": quote.contact_name,
        "email": quote.email,
        "party": other.pk,
    }
    url = f"/presupuestos/{quote.pk}/editar/"
    lines = {"concept": "Obra", "unit_price": "1"}
    shown = as_lucia.post(f"/presupuestos/{quote.pk}/calculo/", form(quote, lines, **seen))
    assert 'value="bar@sol.example"' in shown.content.decode()
    for _ in range(2):  # autosave goes on with what the page has
        quote.refresh_from_db()
        as_lucia.post(url, form(quote, lines, **seen), headers={"X-Lonja-Autosave": "1"})
    told = Quote.objects.get()
    assert (told.party, told.contact_name, told.email) == (other, "Rosa Sol", "bar@sol.example")


def test_reminders_copies_and_a_second_mail_do_not_go_to_the_first_client(
    sent: Any, quote: Quote, other: Party, lucia: Any, lonja: Any
) -> None:
    moved = for_another(quote, other, lucia)
    link = publish_quote(moved, by=lucia, base_url=BASE)
    long_ago(lonja)
    OutgoingMail.objects.all().delete()
    assert remind_due(lonja.company, moved.valid_until) == 1
    resend(Quote.objects.get(), by=lucia)
    sign(link)
    told = {address for mail in OutgoingMail.objects.all() for address in mail.to}
    assert told == {"bar@sol.example", lucia.user.email}


def test_with_signers_a_reminder_goes_to_whoever_signs_now(
    quote: Quote, lucia: Any, lonja: Any
) -> None:
    Party.objects.filter(pk=quote.party_id).update(language="en")
    signers = [("Ana Uno", "ana@mirador.example"), ("Luis Dos", "luis@mirador.example")]
    set_signers(quote, signers, by=lucia)
    sign(send_quote(quote, by=lucia, to=["ana@mirador.example"], base_url=BASE))
    long_ago(lonja)
    remind_due(lonja.company, quote.valid_until)
    reminder = OutgoingMail.objects.get(kind="sales.reminder")
    assert reminder.to == ["luis@mirador.example"]
    day = figures_of("en").day(quote.valid_until)
    assert reminder.subject == f"Quote {quote.number} expires on {day}"
    assert f"expires on {day}." in reminder.text and "€4,375.36" in reminder.text
    turn = OutgoingMail.objects.get(kind="sales.quote", key__startswith="sales.turn")
    assert turn.subject == f"It is your turn to sign quote {quote.number} from Clima Levante"
    assert "€4,375.36" in turn.text and "€4,375.36" in turn.html


def test_signers_of_a_quote_that_was_only_published_get_their_own_reminder(
    quote: Quote, lucia: Any, lonja: Any
) -> None:
    set_signers(quote, [("Ana Uno", "ana@mirador.example")], by=lucia)
    publish_quote(quote, by=lucia, base_url=BASE)
    long_ago(lonja)
    remind_due(lonja.company, quote.valid_until)
    assert OutgoingMail.objects.get().to == ["ana@mirador.example"]


def test_more_time_means_another_reminder(sent: Any, quote: Quote, lucia: Any, lonja: Any) -> None:
    long_ago(lonja)
    first = Quote.objects.get().valid_until
    remind_due(lonja.company, first)
    later = first + timedelta(days=20)
    extend_validity(Quote.objects.get(), until=later, by=lucia)
    assert remind_due(lonja.company, later) == 1
    assert remind_due(lonja.company, later) == 0
    assert OutgoingMail.objects.filter(kind="sales.reminder").count() == 2


def test_an_open_editor_does_not_undo_the_time_given(
    as_lucia: Any, quote: Quote, lucia: Any
) -> None:
    stale = form(quote, {"concept": "Obra", "unit_price": "1"})
    later = quote.valid_until + timedelta(days=20)
    extend_validity(quote, until=later, by=lucia)
    answer = as_lucia.post(
        f"/presupuestos/{quote.pk}/editar/", stale, headers={"X-Lonja-Autosave": "1"}
    )
    assert answer.status_code == 409
    assert Quote.objects.get().valid_until == later


def test_another_client_takes_the_quote_out_of_the_oferta(
    lonja: Any, mirador: Party, other: Party, lucia: Any
) -> None:
    offer = create_opportunity(company=lonja.company, party=mirador, title="Obra", by=lucia)
    PriceList.objects.create(name="Cualquiera")
    quote = create_quote(
        company=lonja.company, party=mirador, by=lucia, opportunity=offer, alternative="A"
    )
    save_quote(quote, fields={}, lines=LINES, edited=0, by=lucia)
    quote = save_quote(
        Quote.objects.get(), fields={"party": other}, lines=LINES, edited=1, by=lucia
    )
    assert (quote.opportunity_id, quote.alternative) == (None, "")
    assert Opportunity.objects.get().party == mirador
