"""«Seguimiento»: the page of a quote while it is read, and the list of what to do with each."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.cast import OrganisationClient, make_member

from lonja.activity.models import Event, Notification
from lonja.mail import hooks
from lonja.mail.models import Bounce, MailStatus, OutgoingMail
from lonja.sales.actions import send_quote
from lonja.sales.actions.contacts import log_contact
from lonja.sales.actions.track import record_section, record_view
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, Quote, QuoteVisit
from lonja.sales.robots import Look
from lonja.sales.suggestions import RULES, suggested
from lonja.sales.tests.house import BASE, PLAN_KEY, line, make_quote
from lonja.sales.tests.test_track import HOME, IPHONE, OFFICE, WINDOWS
from lonja.tasks.models import Interaction

CARMEN = Visitor(HOME, IPHONE)


def ago(**how: Any) -> Any:
    return timezone.now() - timedelta(**how)


def read(link: PublicLink, *, at: Any = None, seconds: int = 40) -> None:
    """Somebody reads the quote for a while."""
    at = at or timezone.now()
    record_view(link, visitor=CARMEN, at=at - timedelta(seconds=seconds))
    record_section(
        link,
        look=Look(ip=HOME, agent=IPHONE),
        at=at,
        sections={"resumen": 10, "conceptos": seconds - 10},
        options={str(PLAN_KEY): {"s": 8, "n": 1, "on": 1}},
    )


def suggestion(quote: Quote) -> str:
    return suggested(Quote.objects.filter(pk=quote.pk), timezone.now()).get().suggestion


def test_the_page_tells_seconds_by_section_and_the_robots_apart(
    as_lucia: Any, sent: PublicLink
) -> None:
    Client(headers={"User-Agent": "Barracuda Sentinel"}).get(f"/p/{sent.token}/")
    read(sent)
    page = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    for said in (
        "Lo está viendo ahora",
        "iPhone · Safari",
        "Opciones que miró",
        "La dejó elegida",
        "30 s",
        "1 apertura de robots, que no cuenta",
        "Es un programa y lo dice",
        "Crear tarea",
    ):
        assert said in page


def test_the_time_of_each_section_the_company_wrote_is_told_by_its_title(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Any
) -> None:
    lines = [line("Visita"), *(line(f"Zanja {n}", section="Obra") for n in range(2))]
    lines += [line("Olivo", section="Jardín"), line("Riego", section="Obra", optional=True)]
    quote = make_quote(lonja.company, mirador, lucia, lines)
    link = send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE)
    carmen = Client(headers={"User-Agent": IPHONE})
    carmen.post(f"/p/{link.token}/visto/")
    QuoteVisit.objects.update(started_at=ago(minutes=30))
    seen = {"s.seccion-2": 20, "s.seccion-3": 65, "s.seccion-4": 12, "s.seccion-5": 7}
    forged = {"s.seccion-1": 9, "s.seccion-99": 9, "s.seccion-x": 9, "s.conceptos": 3}
    carmen.post(f"/p/{link.token}/visto/", {**seen, **forged, "t": "1"})
    assert set(QuoteVisit.objects.get().sections) == {name[2:] for name in seen} | {"conceptos"}
    page = as_lucia.get(f"/presupuestos/{quote.pk}/").content.decode()
    told = re.findall(r"reading-row\"><span>([^<]+)</span>.*?tn\">([^<]+)<", page)
    assert told == [
        ("Sección «Obra»", "1 min 25 s"),
        ("Sección «Jardín»", "12 s"),
        ("Sección «Obra»", "7 s"),
        ("Resto de los conceptos", "3 s"),
    ]


def test_polling_answers_304_until_something_happens(
    as_lucia: Any, sent: PublicLink, django_assert_max_num_queries: Any
) -> None:
    url = f"/presupuestos/{sent.quote_id}/vivo/?estado=sent-1"
    first = as_lucia.htmx(url)
    assert first.status_code == 200
    assert 'id="vivo-lectura"' in first.content.decode()
    assert "acaba de cambiar" not in first.content.decode()
    mark = first.headers["ETag"]
    asked = {"HX-Request": "true", "If-None-Match": mark}
    with django_assert_max_num_queries(14):
        again = as_lucia.get(url, headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    read(sent)
    fresh = as_lucia.get(url, headers=asked)
    assert fresh.status_code == 200
    assert "Lo está viendo ahora" in fresh.content.decode()


def test_the_live_part_says_when_the_page_is_old(as_lucia: Any, sent: PublicLink) -> None:
    from lonja.sales.tests.test_sign import sign

    sign(sent)
    part = as_lucia.htmx(f"/presupuestos/{sent.quote_id}/vivo/?estado=sent-1").content.decode()
    assert "Este presupuesto acaba de cambiar" in part
    assert as_lucia.get(f"/presupuestos/{sent.quote_id}/vivo/").status_code == 302


def test_a_call_about_a_quote_is_in_both_places(as_lucia: Any, sent: PublicLink) -> None:
    url = f"/presupuestos/{sent.quote_id}/contacto/call/"
    assert "Resultado" in as_lucia.get(url).content.decode()
    data = {"result": "call_back", "text": "Lo consulta con su socio", "minutes": "4"}
    assert as_lucia.post(url, data).status_code == 303
    row = Interaction.objects.get()
    assert (row.kind, row.result, row.party_id) == ("call", "call_back", sent.quote.party_id)
    page = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    assert "Lo consulta con su socio" in page
    assert as_lucia.post(f"/presupuestos/{sent.quote_id}/contacto/note/", {}).status_code == 422
    assert as_lucia.get(f"/presupuestos/{sent.quote_id}/contacto/otra/").status_code == 404


def test_a_bounce_asks_to_mend_the_address(as_lucia: Any, sent: PublicLink, lucia: Any) -> None:
    mail = OutgoingMail.objects.get(kind="sales.quote")
    now = timezone.now()
    OutgoingMail.objects.filter(pk=mail.pk).update(
        status=MailStatus.SENT, sent_at=now, bounced_at=now, bounce_reason="La dirección no existe"
    )
    bounce = Bounce.objects.create(
        mail=mail, recipient=mail.to[0], reason="La dirección no existe", is_hard=True
    )
    hooks.tell_bounced(mail, bounce)
    page = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    assert "El correo no llegó" in page
    assert "Corregir dirección" in page
    assert Notification.objects.get(kind="sales.bounced").member == lucia
    assert suggestion(sent.quote) == "rebotado"
    drawer = as_lucia.get(f"/presupuestos/{sent.quote_id}/envio/").content.decode()
    assert "Corrige la dirección" in drawer
    send_quote(sent.quote, by=lucia, to=["carmen@mirador.example"], base_url=BASE)
    assert (
        "Corregir dirección" not in as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    )


def test_the_first_rule_that_holds_is_the_suggestion(sent: PublicLink, lucia: Any) -> None:
    quote = sent.quote
    change = Quote.objects.filter(pk=quote.pk).update
    today = quote.company.today()
    assert suggestion(quote) == ""
    change(sent_at=ago(days=5, hours=1))
    assert suggestion(quote) == "sin-abrir"
    for hours in (3, 2, 1):
        record_view(sent, visitor=CARMEN, at=ago(minutes=hours * 31 + 1))
    assert Quote.objects.get().views == 3
    expected = {"muchas-veces"} if timezone.localtime().hour >= 2 else {"muchas-veces", ""}
    assert suggestion(quote) in expected
    log_contact(quote, "call", text="", by=lucia, at=timezone.now(), result="talked")
    assert suggestion(quote) == ""
    record_view(sent, visitor=Visitor(OFFICE, WINDOWS), at=timezone.now())
    assert suggestion(quote) == "viendo"
    change(last_viewed_at=ago(minutes=5))
    assert suggestion(quote) == "otra-persona"
    change(valid_until=today + timedelta(days=1))
    assert suggestion(quote) == "caduca"
    change(valid_until=today - timedelta(days=1))
    assert suggestion(quote) == "caducado"


def test_silence_after_reading_asks_for_a_call(sent: PublicLink) -> None:
    old = ago(days=8)
    Quote.objects.update(views=2, first_viewed_at=old, last_viewed_at=old, sent_at=old)
    assert suggestion(sent.quote) == "callado"


def test_a_question_nobody_answered_comes_first(sent: PublicLink) -> None:
    data = {"pregunta": "¿Incluye el montaje?", "nombre": "Carmen", "correo": "c@mirador.example"}
    Client(headers={"User-Agent": IPHONE}).post(f"/p/{sent.token}/pregunta/", data)
    assert suggestion(sent.quote) == "pregunta"


def test_every_rule_says_its_words(sent: PublicLink) -> None:
    row: Any = suggested(Quote.objects.all(), timezone.now()).get()
    row.asked_at = row.last_viewed_at = row.sent_at
    words = [rule.words(row, timezone.now()) for rule in RULES]
    assert all(words)
    assert len(set(words)) == len(RULES)


def test_the_list_shows_age_visits_contacts_and_what_to_do(
    as_lucia: Any, sent: PublicLink, lucia: Any
) -> None:
    log_contact(sent.quote, "call", text="", by=lucia, at=ago(days=6), result="no_answer")
    Quote.objects.update(sent_at=ago(days=6))
    sent.quote.party.phone = "+34975789328"
    sent.quote.party.save()
    page = as_lucia.get("/presupuestos/seguimiento/").content.decode()
    for said in (sent.quote.number, "1 llamada · 1 correo", "Enviado hace 6 días sin abrir"):
        assert said in page
    assert f"/presupuestos/{sent.quote_id}/enlace/" in page
    assert "tel:+34975789328" in page
    assert (
        sent.quote.number
        in as_lucia.get("/presupuestos/seguimiento/?sugerencia=sin-abrir").content.decode()
    )
    assert (
        sent.quote.number
        not in as_lucia.get("/presupuestos/seguimiento/?sugerencia=caduca").content.decode()
    )


def test_the_list_sorts_pages_and_exports(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lonja.sales.follow_table import FollowTable

    monkeypatch.setattr(FollowTable, "page_size", 2)
    for days in range(5):
        quote = make_quote(lonja.company, mirador, lucia)
        send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE)
        Quote.objects.filter(pk=quote.pk).update(sent_at=ago(days=days), created_at=ago(days=9))
    newest = list(Quote.objects.order_by("pk").values_list("number", flat=True))
    found: list[str] = []
    url = "/presupuestos/seguimiento/"
    for _turn in range(3):
        page = as_lucia.get(url)
        found += [number for number in newest if f">{number}</a>" in page.content.decode()]
        url = page.context["next_url"].replace("/clima-levante", "")
    assert found == newest
    sheet = as_lucia.get("/presupuestos/seguimiento/?exportar=csv").content.decode()
    assert sheet.count("P20") == 5


def test_the_list_costs_the_same_with_more_rows(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(4):
        quote = make_quote(lonja.company, mirador, lucia)
        read(send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE))
        log_contact(quote, "call", text=str(n), by=lucia, at=timezone.now(), result="talked")
    with django_assert_max_num_queries(32):
        page = as_lucia.get("/presupuestos/seguimiento/").content.decode()
    assert page.count("1 llamada · 1 correo") >= 4


def test_the_rhythm_counts_what_was_sent_opened_and_signed(
    as_lucia: Any, sent: PublicLink, lonja: Any, lucia: Any, mirador: Any
) -> None:
    from lonja.sales.rhythm import rhythm_of
    from lonja.sales.tests.test_sign import sign

    log_contact(sent.quote, "call", text="", by=lucia, at=timezone.now(), result="talked")
    sign(sent)
    other = make_quote(lonja.company, mirador, lucia)
    send_quote(other, by=lucia, to=["a@b.example"], base_url=BASE)
    found = rhythm_of(lucia, timezone.now())
    assert (found.sent, found.opened, found.signed) == (2, 1, 1)
    assert (found.by_week[-1], sum(found.by_week)) == (2, 2)
    assert found.efforts_text == "2,0"
    assert "50 %" in as_lucia.get("/presupuestos/seguimiento/").content.decode()


def test_more_time_keeps_the_link_and_the_version(as_lucia: Any, sent: PublicLink) -> None:
    assert (
        as_lucia.post(f"/presupuestos/{sent.quote_id}/validez/", {"until": "hoy"}).status_code
        == 409
    )
    until = sent.quote.valid_until + timedelta(days=20)
    data = {"until": f"{until:%d/%m/%Y}"}
    assert as_lucia.post(f"/presupuestos/{sent.quote_id}/validez/", data).status_code == 303
    sent.refresh_from_db()
    assert sent.expires_at.date() >= until
    assert Quote.objects.get().valid_until == until
    page = Client(headers={"User-Agent": IPHONE}).get(f"/p/{sent.token}/").content.decode()
    assert f"{until.day} de " in page
    assert f"{until:%d/%m/%Y}" in Event.objects.get(verb="sales.quote_extended").data["until"]


def test_one_click_of_the_list_gives_fifteen_days(as_lucia: Any, sent: PublicLink) -> None:
    as_lucia.post(f"/presupuestos/{sent.quote_id}/validez/mas/")
    assert Quote.objects.get().valid_until == sent.quote.valid_until + timedelta(days=15)
    bulk = {"accion": "ampliar", "id": sent.quote_id, "confirmado": "1", "days": "5"}
    as_lucia.post("/presupuestos/seguimiento/acciones/", bulk)
    assert Quote.objects.get().valid_until == sent.quote.valid_until + timedelta(days=20)


def test_whoever_asks_for_it_is_told_by_mail_too(
    as_lucia: Any, sent: PublicLink, lucia: Any
) -> None:
    read(sent)
    assert not OutgoingMail.objects.filter(kind="sales.notice").exists()
    as_lucia.post("/presupuestos/seguimiento/aviso/", {"quiero": "1"})
    record_view(sent, visitor=Visitor(OFFICE, WINDOWS), at=timezone.now())
    mail = OutgoingMail.objects.get(kind="sales.notice")
    assert mail.to == [lucia.user.email]
    assert "Es buen momento para llamar" in mail.text
    as_lucia.post("/presupuestos/seguimiento/aviso/", {"quiero": "0"})
    record_view(sent, visitor=CARMEN, at=timezone.now() + timedelta(hours=2))
    assert OutgoingMail.objects.filter(kind="sales.notice").count() == 1


def test_a_hierarchical_salesperson_follows_only_their_own(
    sent: PublicLink, lonja: Any, marcos: Any, mirador: Any, as_marcos: Any
) -> None:
    own = make_quote(lonja.company, mirador, marcos)
    link = send_quote(own, by=marcos, to=["a@b.example"], base_url=BASE)
    page = as_marcos.get("/presupuestos/seguimiento/").content.decode()
    assert own.number in page
    assert f">{sent.quote.number}<" not in page
    for path in ("vivo/", "contacto/call/", "validez/"):
        assert as_marcos.htmx(f"/presupuestos/{sent.quote_id}/{path}").status_code == 404
    read(sent)
    read(link)
    told = Notification.objects.filter(kind="sales.viewing", member=marcos)
    assert [notice.target_id for notice in told] == [own.pk]
    assert QuoteVisit.objects.visible_to(marcos).count() == 1


def test_readers_see_the_list_but_are_offered_nothing(lonja: Any, sent: PublicLink) -> None:
    reader = OrganisationClient(make_member(lonja, "Rosa Pla", "readonly"))
    page = reader.get("/presupuestos/seguimiento/").content.decode()
    assert sent.quote.number in page
    assert "Ampliar" not in page
    assert reader.post(f"/presupuestos/{sent.quote_id}/validez/mas/").status_code == 403


def test_an_invoice_of_the_service_is_the_last_step(as_lucia: Any, sent: PublicLink) -> None:
    page = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    order = [page.index(f"<span>{step}</span>") for step in ("Enviado", "Visto", "Firmado")]
    assert order == sorted(order)
    assert page.index("<span>Facturado</span>") > order[-1]
