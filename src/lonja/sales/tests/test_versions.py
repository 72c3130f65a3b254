"""Versions told in words, templates, more time, reminders before the expiry, many at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from lonja.catalogue.models import Product
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.sales.actions import (
    extend_validity,
    new_version,
    publish_quote,
    reject_quote,
    save_quote,
    send_quote,
)
from lonja.sales.actions.validity import remind_due
from lonja.sales.differences import differences
from lonja.sales.models import PublicLink, Quote, QuoteSettings, QuoteTemplate
from lonja.sales.tests.house import BASE, LINES, line, make_quote

pytestmark = pytest.mark.django_db


def plain(texts: list[str]) -> list[str]:
    return [text.replace("\xa0", " ") for text in texts]


def test_what_changed_between_two_versions_is_told_in_words(
    as_lucia: Any, sent: PublicLink, lucia: Any
) -> None:
    first = sent.version.content
    quote = new_version(sent.quote, by=lucia)
    lines = [
        line("Split inverter 3,5 kW A+++", 5, 650, unit="ud.", discount_pct=Decimal(5)),
        line("Instalación y puesta en marcha", 4, 180, detail="2 jornadas"),
        LINES[3],
        line("Pintura", 1, 300),
    ]
    save_quote(quote, fields={"deposit_pct": Decimal(30)}, lines=lines, edited=quote.edited,
               by=lucia)  # fmt: skip
    second = publish_quote(quote, by=lucia, base_url=BASE).version.content
    assert plain(differences(first, second)) == [
        "El total pasa de 4.375,36 € a 4.970,08 €",
        "El anticipo pasa del 0 % al 30 %",
        "Se quita «Retirada y reciclaje de equipos»",
        "Se añade «Pintura» (1 × 300,00 €)",
        "«Split inverter 3,5 kW A+++»: cantidad 4 → 5, precio 689,00 € → 650,00 €, "
        "descuento 0 % → 5 %",
    ]
    page = as_lucia.get(f"/presupuestos/{quote.pk}/").content.decode()
    assert "Qué cambia respecto a la versión 1" in page and "Se añade «Pintura»" in page
    for number in (1, 2):
        answer = as_lucia.get(f"/presupuestos/{quote.pk}/versiones/{number}/pdf/")
        assert answer.content.startswith(b"%PDF")
    assert as_lucia.get(f"/presupuestos/{quote.pk}/versiones/3/pdf/").status_code == 404


def test_two_equal_versions_say_nothing_changed(sent: PublicLink) -> None:
    assert differences(sent.version.content, sent.version.content) == []


def test_a_template_is_kept_used_at_todays_price_and_retired(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Party
) -> None:
    split = Product.objects.create(code="SP", name="Split", price=689)
    old = Product.objects.create(code="OLD", name="Viejo", price=10)
    lines = [
        {**line("Split", 2), "product": split, "untouched": True, "section": "Equipos"},
        {**line("Viejo", 1, 10), "product": old},
        line("Montaje", 1, 180, optional=True),
    ]
    quote = make_quote(lonja.company, mirador, lucia, lines, deposit_pct=Decimal(30))
    as_lucia.post(f"/presupuestos/{quote.pk}/plantilla/", {"name": "Habitación tipo"})
    Product.objects.filter(pk=split.pk).update(price=720)
    Product.objects.filter(pk=old.pk).update(is_active=False)
    template = QuoteTemplate.objects.get()
    other = Party.objects.create(name="Hotel Dos")
    as_lucia.post("/presupuestos/nuevo/", {"party": other.pk, "template": template.pk})
    made = Quote.objects.get(party=other)
    rows = [(r.concept, r.unit_price, r.section, r.product_id) for r in made.lines.all()]
    assert rows == [
        ("Split", 720, "Equipos", split.pk), ("Viejo", 10, "", None), ("Montaje", 180, "", None)
    ]  # fmt: skip
    assert (made.deposit_pct, made.title) == (30, "Renovación de 4 habitaciones")
    as_lucia.post(f"/presupuestos/plantillas/{template.pk}/retirada/")
    assert "Retirada" in as_lucia.get("/presupuestos/plantillas/").content.decode()
    again = {"party": other.pk, "template": template.pk, "name": ""}
    as_lucia.post("/presupuestos/nuevo/", again)
    assert Quote.objects.filter(party=other).exclude(lines=None).distinct().count() == 1


def test_more_time_keeps_the_link_and_what_was_sent(
    as_lucia: Any, sent: PublicLink, lucia: Any
) -> None:
    quote = sent.quote
    until = quote.valid_until + timedelta(days=20)
    as_lucia.post(f"/presupuestos/{quote.pk}/validez/", {"until": f"{until:%d/%m/%Y}"})
    quote.refresh_from_db()
    sent.refresh_from_db()
    assert (quote.valid_until, quote.version) == (until, 1)
    assert sent.expires_at.astimezone(quote.company.zone).date() == until + timedelta(days=1)
    assert sent.version.content["valid_until"] != until.isoformat()
    with pytest.raises(Refused):
        extend_validity(quote, until=until - timedelta(days=1), by=lucia)
    with pytest.raises(Refused):
        extend_validity(quote, until=until + timedelta(days=3660), by=lucia)


@pytest.fixture
def reminding(lonja: Any, sent: PublicLink) -> Quote:
    """Sent thirty days before it expires, with reminders seven and two days before."""
    QuoteSettings.objects.create(company=lonja.company, reminders_on=True, reminder_days=[7, 2])
    return sent.quote


def reminders(quote: Quote, days_left: int) -> int:
    return remind_due(quote.company, quote.valid_until - timedelta(days=days_left))


def test_the_customer_is_reminded_once_for_each_day_of_the_settings(reminding: Quote) -> None:
    left = (10, 8, 7, 7, 6, 3, 2, 2, 0, -1)
    assert [reminders(reminding, n) for n in left] == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    mail = OutgoingMail.objects.filter(kind="sales.reminder").first()
    assert mail is not None and mail.to == ["compras@mirador.example"]
    assert BASE in mail.text and "caduca el" in mail.subject


def test_a_reminder_stops_with_the_answer_or_when_nobody_asked_for_it(
    reminding: Quote, lucia: Any
) -> None:
    QuoteSettings.objects.update(reminders_on=False)
    assert reminders(reminding, 2) == 0
    QuoteSettings.objects.update(reminders_on=True)
    reject_quote(reminding, reason="Caro", by=lucia, at=timezone.now())
    assert reminders(reminding, 2) == 0


def test_what_was_just_sent_is_not_reminded(lonja: Any, lucia: Any, mirador: Party) -> None:
    QuoteSettings.objects.create(company=lonja.company, reminders_on=True, reminder_days=[7])
    soon = lonja.company.today() + timedelta(days=3)
    quote = make_quote(lonja.company, mirador, lucia, valid_until=soon)
    send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE)
    assert remind_due(lonja.company, lonja.company.today()) == 0


def test_many_quotes_are_sent_again_and_given_more_time(
    as_lucia: Any, sent: PublicLink, lonja: Any, lucia: Any
) -> None:
    draft = make_quote(lonja.company, sent.quote.party, lucia)
    chosen = {"id": [sent.quote_id, draft.pk]}
    as_lucia.post("/presupuestos/acciones/", {"accion": "reenviar", **chosen})
    assert OutgoingMail.objects.filter(kind="sales.quote").count() == 2  # the draft was refused
    until = lonja.company.today() + timedelta(days=60)
    data = {"accion": "ampliar", "until": f"{until:%d/%m/%Y}", "confirmado": "1", **chosen}
    as_lucia.post("/presupuestos/acciones/", data)
    assert set(Quote.objects.values_list("valid_until", flat=True)) == {until}


def test_the_settings_are_kept_and_reach_the_next_quote(
    as_lucia: Any, as_marcos: Any, mirador: Party
) -> None:
    values = {"valid_days": "15", "deposit_pct": "40", "conditions": "A 30 días.",
              "reminders_on": "on", "reminder_days": "7, 2", "limit_sales": "10"}  # fmt: skip
    assert as_marcos.post("/configuracion/presupuestos/", values).status_code == 403
    wrong = as_lucia.post("/configuracion/presupuestos/", {**values, "reminder_days": "mañana"})
    assert wrong.status_code == 422
    as_lucia.post("/configuracion/presupuestos/", values)
    kept = QuoteSettings.objects.get()
    assert (kept.discount_limits, kept.reminder_days) == ({"sales": "10"}, [7, 2])
    as_lucia.post("/presupuestos/nuevo/", {"party": mirador.pk})
    quote = Quote.objects.get()
    assert (quote.valid_until - quote.created_on).days == 15
    assert (quote.deposit_pct, quote.conditions) == (40, "A 30 días.")
