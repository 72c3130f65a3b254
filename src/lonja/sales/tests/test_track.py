"""Visits to the page of a quote: people count, robots are told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from lonja.activity.models import Event, Notification
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.sales.actions import publish_quote
from lonja.sales.actions.track import record_look, record_section, record_view
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, Quote, QuoteVisit, Verdict
from lonja.sales.robots import Around, Look, judge
from lonja.sales.tests.house import BASE, PLAN_KEY, make_quote

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
HOME, OFFICE, MICROSOFT = "203.0.113.77", "198.51.100.4", "52.101.7.9"


@pytest.fixture(autouse=True)
def _forget_wrong_tokens() -> None:
    cache.clear()


def phone(agent: str = IPHONE, ip: str = HOME, **headers: str) -> Client:
    return Client(headers={"User-Agent": agent, **headers}, REMOTE_ADDR=ip)


def person(**changes: Any) -> Look:
    return Look(**{"ip": HOME, "agent": IPHONE, "runs": True, **changes})


@pytest.mark.parametrize(
    ("look", "around", "code"),
    [
        (person(), Around(), "page"),
        (person(touched=True), Around(since_mail=2, links=9), "touched"),
        (person(runs=False, pressed=True), Around(since_mail=2), "pressed"),
        (person(runs=False), Around(), "silent"),
        (person(method="HEAD", runs=False), Around(), "head"),
        (person(agent=""), Around(), "agent"),
        (person(agent="Mozilla/5.0 (compatible; Barracuda Sentinel)"), Around(), "agent"),
        (person(agent=f"{WINDOWS} HeadlessChrome/131"), Around(), "agent"),
        (person(agent="WhatsApp/2.24.20 A"), Around(), "agent"),
        (person(agent="TelegramBot (like TwitterBot)"), Around(), "agent"),
        (person(purpose="prefetch;prerender"), Around(), "prefetch"),
        (person(ip=MICROSOFT, touched=True), Around(since_mail=900), "network"),
        (person(automated=True, touched=True), Around(), "automated"),
        (person(), Around(links=3), "many"),
        (person(), Around(links=2), "page"),
        (person(), Around(since_mail=3), "instant"),
        (person(), Around(since_mail=60), "page"),
        (person(team=True, touched=True), Around(), "team"),
    ],
)
def test_the_rules_tell_people_from_robots(look: Look, around: Around, code: str) -> None:
    assert judge(look, around).code == code


def test_a_reader_in_an_app_of_messages_is_a_person() -> None:
    agent = IPHONE.replace("Safari/604.1", "Telegram-iOS/11.2 Safari/604.1")
    assert judge(person(agent=agent), Around()).verdict == Verdict.HUMAN


def test_a_scanner_that_only_asks_for_the_page_counts_for_nothing(sent: PublicLink) -> None:
    for client in (phone("Barracuda Sentinel"), phone(WINDOWS, MICROSOFT), phone(WINDOWS)):
        assert client.get(f"/p/{sent.token}/").status_code == 200
    phone(WINDOWS).head(f"/p/{sent.token}/")
    assert set(QuoteVisit.objects.values_list("verdict", flat=True)) == {Verdict.ROBOT}
    quote = Quote.objects.get()
    assert (quote.views, quote.first_viewed_at) == (0, None)
    assert not Notification.objects.filter(kind="sales.viewing").exists()


def test_the_page_in_front_of_somebody_is_one_visit_and_one_notice(
    sent: PublicLink, lucia: Any
) -> None:
    carmen = phone()
    carmen.get(f"/p/{sent.token}/")
    for _again in range(3):
        assert carmen.post(f"/p/{sent.token}/visto/").status_code == 204
    visit = QuoteVisit.objects.get()
    assert (visit.verdict, visit.reason, visit.device) == ("human", "page", "iPhone · Safari")
    assert visit.network == "203.0.113.0"
    assert visit.agent == ""
    assert Quote.objects.get().views == 1
    notice = Notification.objects.get(kind="sales.viewing")
    assert (notice.member, notice.text) == (lucia, f"Carmen está viendo {sent.quote.number}")


def test_half_an_hour_of_silence_is_another_visit(sent: PublicLink) -> None:
    now = timezone.now()
    carmen = Visitor(HOME, IPHONE)
    record_view(sent, visitor=carmen, at=now)
    record_view(sent, visitor=carmen, at=now + timedelta(minutes=29))
    record_view(sent, visitor=carmen, at=now + timedelta(minutes=50))
    assert Quote.objects.get().views == 1
    record_view(sent, visitor=carmen, at=now + timedelta(minutes=90))
    quote = Quote.objects.get()
    assert (quote.views, quote.visits.count()) == (2, 2)
    assert quote.first_viewed_at == now


def test_a_phone_that_leaves_the_wifi_is_the_same_visit(sent: PublicLink) -> None:
    now = timezone.now()
    record_view(sent, visitor=Visitor(HOME, IPHONE), at=now)
    record_view(sent, visitor=Visitor(OFFICE, IPHONE), at=now + timedelta(minutes=2))
    assert QuoteVisit.objects.count() == 1


def test_another_device_is_told_as_passed_on(sent: PublicLink) -> None:
    phone().post(f"/p/{sent.token}/visto/")
    phone(WINDOWS, OFFICE).post(f"/p/{sent.token}/visto/")
    assert QuoteVisit.objects.filter(elsewhere=True).get().device == "Windows · Chrome"
    event = Event.objects.get(verb="sales.quote_forwarded")
    assert event.data == {"ip": "198.51.100.0", "device": "Windows · Chrome"}
    last = Notification.objects.filter(kind="sales.viewing").order_by("-pk").first()
    assert last is not None
    assert last.text.startswith("Alguien más está viendo")


def test_what_asks_right_after_the_mail_left_is_a_robot_until_touched(sent: PublicLink) -> None:
    left = timezone.now()
    OutgoingMail.objects.filter(kind="sales.quote").update(status=MailStatus.SENT, sent_at=left)
    soon = left + timedelta(seconds=3)
    record_view(sent, visitor=Visitor(HOME, WINDOWS), at=soon)
    assert QuoteVisit.objects.get().reason == "instant"
    look = Look(ip=HOME, agent=WINDOWS, runs=True, touched=True)
    record_view(sent, visitor=Visitor(HOME, WINDOWS), at=soon, look=look)
    assert QuoteVisit.objects.get().verdict == Verdict.HUMAN
    assert Quote.objects.get().views == 1


def test_many_links_at_once_are_a_machine_going_through_a_mailbox(
    sent: PublicLink, lonja: Any, lucia: Any, mirador: Any
) -> None:
    links = [sent]
    for _more in range(2):
        quote = make_quote(lonja.company, mirador, lucia)
        links.append(publish_quote(quote, by=lucia, base_url=BASE))
    now = timezone.now()
    for link in links:
        record_look(link, look=Look(ip=OFFICE, agent=WINDOWS), at=now)
    record_view(links[-1], visitor=Visitor(OFFICE, WINDOWS), at=now)
    assert QuoteVisit.objects.get(link=links[-1]).reason == "many"
    assert Quote.objects.filter(views__gt=0).count() == 0


def test_whoever_works_here_does_not_count(sent: PublicLink, as_lucia: Any) -> None:
    session = phone(WINDOWS, OFFICE)
    session.cookies = as_lucia.cookies
    session.get(f"/p/{sent.token}/")
    session.post(f"/p/{sent.token}/visto/")
    assert QuoteVisit.objects.get().verdict == Verdict.TEAM
    assert Quote.objects.get().views == 0


def test_seconds_options_and_downloads_are_added_up(sent: PublicLink) -> None:
    now = timezone.now()
    record_view(sent, visitor=Visitor(HOME, IPHONE), at=now)
    option = {str(PLAN_KEY): {"s": 6, "n": 1, "on": 1}, "99": {"s": 5}}
    for minutes in (1, 2):
        record_section(
            sent,
            look=person(),
            at=now + timedelta(minutes=minutes),
            sections={"resumen": 10, "conceptos": 30},
            options=option,
            downloads=1,
        )
    visit = QuoteVisit.objects.get()
    assert visit.sections == {"resumen": 20, "conceptos": 60}
    assert visit.options == {str(PLAN_KEY): {"s": 12, "n": 2, "on": True}}
    assert (visit.seconds, visit.downloads) == (80, 2)
    assert Event.objects.filter(verb="sales.quote_downloaded").count() == 1


def test_seconds_that_did_not_pass_are_not_believed(sent: PublicLink) -> None:
    carmen = phone()
    carmen.post(f"/p/{sent.token}/visto/")
    carmen.post(f"/p/{sent.token}/visto/", {"s.resumen": "9999", "s.otra": "5", "o.x": "4"})
    visit = QuoteVisit.objects.get()
    assert visit.seconds < 60
    assert set(visit.sections) == {"resumen"}


def test_a_signed_quote_is_not_followed_any_more(sent: PublicLink) -> None:
    from lonja.sales.tests.test_sign import sign

    sign(sent)
    phone().post(f"/p/{sent.token}/visto/")
    assert not QuoteVisit.objects.exists()


def test_who_answers_was_a_person_also_without_javascript(sent: PublicLink) -> None:
    carmen = phone()
    carmen.get(f"/p/{sent.token}/")
    assert QuoteVisit.objects.get().verdict == Verdict.ROBOT
    question = {
        "pregunta": "¿Incluye el montaje?",
        "nombre": "Carmen",
        "correo": "c@mirador.example",
    }
    carmen.post(f"/p/{sent.token}/pregunta/", question)
    visit = QuoteVisit.objects.get()
    assert (visit.verdict, visit.reason) == (Verdict.HUMAN, "pressed")


def test_a_scanner_that_waits_on_the_page_is_still_a_scanner(sent: PublicLink) -> None:
    left = timezone.now()
    for kind in ("sales.quote", "sales.reminder"):
        OutgoingMail.objects.filter(about_id=sent.quote_id).update(
            kind=kind, status=MailStatus.SENT, sent_at=left
        )
        QuoteVisit.objects.all().delete()
        record_look(sent, look=Look(ip=HOME, agent=WINDOWS), at=left + timedelta(seconds=2))
        record_view(sent, visitor=Visitor(HOME, WINDOWS), at=left + timedelta(seconds=25))
        assert QuoteVisit.objects.get().reason == "instant"
    assert Quote.objects.get().views == 0


def test_asking_for_the_page_again_writes_nothing_of_a_person(sent: PublicLink) -> None:
    now = timezone.now()
    record_view(sent, visitor=Visitor(HOME, IPHONE), at=now)
    record_look(sent, look=Look(ip=HOME, agent=IPHONE), at=now + timedelta(minutes=20))
    assert Quote.objects.get().last_viewed_at == now
    visit = QuoteVisit.objects.get()
    assert (visit.requests, visit.last_at) == (1, now)
