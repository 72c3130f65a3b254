"""The customer's pages, as a phone and as a machine would ask for them."""

from __future__ import annotations

import base64
import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lonja.accounts.scope import scope
from lonja.billing.tests.test_papers import text_of
from lonja.documents.figures import figures_of
from lonja.documents.tests.spanish import spanish_left
from lonja.documents.words import long_date
from lonja.mail.models import OutgoingMail
from lonja.sales import evidence
from lonja.sales.actions import new_version, send_quote
from lonja.sales.models import PublicLink, Quote, QuoteStatus, Signature, SignedDocument
from lonja.sales.tests.house import BASE, PLAN_KEY, a_drawing
from lonja.ui import apps as ui_apps

PNG = "data:image/png;base64," + base64.b64encode(a_drawing()).decode()


@pytest.fixture(autouse=True)
def _forget_wrong_tokens() -> None:
    cache.clear()


@pytest.fixture
def phone() -> Client:
    return Client(headers={"User-Agent": "Móvil de Carmen"}, REMOTE_ADDR="203.0.113.9")


@pytest.fixture
def token(sent: PublicLink) -> str:
    return sent.token


def signing(**changes: Any) -> dict[str, Any]:
    return {
        "nombre": "Carmen Roselló Ferrer",
        "nif": "12345678Z",
        "modo": "trazo",
        "firma": PNG,
        "consiento": "1",
        **changes,
    }


def test_the_document_is_visible_before_any_field(phone: Client, token: str) -> None:
    answer = phone.get(f"/p/{token}/")
    page = answer.content.decode()
    assert "4.375,36\xa0€" in page
    assert "Split inverter 3,5 kW A+++" in page
    assert 'type="text"' not in page
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert 'name="robots" content="noindex' in page


def test_who_reads_english_is_offered_signs_and_is_thanked_in_english(
    phone: Client, quote: Quote, mirador: Any, lucia: Any
) -> None:
    mirador.language = "en"
    mirador.save()
    quote.refresh_from_db()
    link = send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE)
    until = figures_of("en").day(quote.valid_until)
    mail = OutgoingMail.objects.get(kind="sales.quote")
    assert mail.language == "en"
    for said in ("Here is your quote.", "VAT included: €4,375.36", f"Valid until {until}"):
        assert said in mail.text
    assert f"valid until {until}" in mail.html
    page = phone.get(f"/p/{link.token}/").content.decode()
    for said in ('<html lang="en"', "Quote P2026/", "4\xa0units × €689.00", "€4,375.36", "VAT 21%",
                 "€35.00 a month", long_date(quote.valid_until, "en")):  # fmt: skip
        assert said in page
    asked = phone.post(f"/p/{link.token}/calculo/", {"opcion": PLAN_KEY}).content.decode()
    assert "€4,375.36 + €42.35 a month" in asked
    assert "\xa0€" not in page + asked
    form = phone.get(f"/p/{link.token}/firma/").content.decode()
    assert "I accept quote P2026/0001 and its terms on behalf of Hotel Mirador" in form
    refused = phone.post(f"/p/{link.token}/firma/", signing(consiento="")).content.decode()
    assert "Tick the box to accept the quote." in refused
    assert phone.post(f"/p/{link.token}/firma/", signing(opcion=PLAN_KEY)).status_code == 303
    done = phone.get(f"/p/{link.token}/aceptado/").content.decode()
    assert "<b>€4,375.36 + €42.35 a month</b>" in done
    assert "/comprobar/?idioma=en" in done
    copy = OutgoingMail.objects.get(key__endswith=":customer", kind="sales.signed")
    assert "for €4,375.36 + €42.35 a month" in copy.text
    # What stays written, and what goes to us, are as always.
    signature = Signature.objects.get()
    done_on = signature.signed_at.astimezone(quote.company.zone).date()
    assert signature.evidence["log"][-1]["total"] == "4.375,36\xa0€ + 42,35\xa0€ al mes"
    ours = OutgoingMail.objects.get(key__endswith=":ours", kind="sales.signed")
    assert "4.375,36\xa0€ + 42,35\xa0€ al mes" in ours.text
    pdf = SignedDocument.objects.get().pdf.read()
    upload = SimpleUploadedFile("quote.pdf", pdf, "application/pdf")
    told = phone.post("/comprobar/?idioma=en", {"pdf": upload}).content.decode()
    for said in ("It is intact", "€4,375.36 + €42.35 a month", figures_of("en").day(done_on)):
        assert said in told
    paper = text_of(pdf)
    for said in ("Amount accepted", "€4,375.36 + €42.35 a month", "Signed and accepted", "Signer",
                 figures_of("en").day(quote.created_on), "I accept quote"):  # fmt: skip
        assert said in paper
    assert not spanish_left(paper)


def test_looking_changes_nothing_and_a_browser_says_it_was_seen(phone: Client, token: str) -> None:
    for path in ("", "firma/", "pdf/", "pregunta/", "rechazo/"):
        assert phone.get(f"/p/{token}/{path}").status_code == 200
    assert Quote.objects.get().views == 0
    assert phone.post(f"/p/{token}/visto/").status_code == 204
    phone.post(f"/p/{token}/visto/")
    quote = Quote.objects.get()
    assert quote.views == 1
    assert quote.first_viewed_at is not None


def test_options_are_computed_by_the_server(phone: Client, token: str) -> None:
    page = phone.post(f"/p/{token}/calculo/", {"opcion": PLAN_KEY}).content.decode()
    assert "4.375,36\xa0€ + 42,35\xa0€ al mes" in page
    without_js = phone.get(f"/p/{token}/firma/?elegir=1&opcion={PLAN_KEY}").content.decode()
    assert "42,35\xa0€ al mes" in without_js
    assert f'name="opcion" value="{PLAN_KEY}"' in without_js


def test_signing_by_drawing_ends_in_thanks_and_the_signed_pdf(phone: Client, token: str) -> None:
    answer = phone.post(f"/p/{token}/firma/", signing(opcion=PLAN_KEY), follow=True)
    page = answer.content.decode()
    assert "¡Gracias, Carmen!" in page
    signature = Signature.objects.get()
    assert signature.evidence["ip"] == "203.0.113.9"
    assert signature.evidence["device"] == "Móvil de Carmen"
    assert signature.method == "drawn"
    assert signature.image.read().startswith(b"\x89PNG")
    pdf = phone.get(f"/p/{token}/pdf-firmado/").content
    assert evidence.sha256(pdf) == SignedDocument.objects.get().pdf.sha256
    assert Quote.objects.get().recurring_monthly_cents == 3500
    assert phone.get(f"/p/{token}/").url.endswith("/aceptado/")


def test_the_signed_pdf_says_who_when_and_what(phone: Client, token: str) -> None:
    import io

    from pypdf import PdfReader

    phone.post(f"/p/{token}/firma/", signing())
    signature = Signature.objects.get()
    reader = PdfReader(io.BytesIO(SignedDocument.objects.get().pdf.read()))
    text = "".join("".join(page.extract_text().split()) for page in reader.pages)
    for said in (
        signature.document_sha256,
        signature.evidence_code,
        "203.0.113.9",
        "CarmenRosellóFerrer",
        "".join(signature.consent_text.split()),
        signature.evidence["log"][-1]["at"],
    ):
        assert said in text


def test_without_javascript_the_typed_name_is_the_signature(phone: Client, token: str) -> None:
    data = signing(modo="nombre", firma="")
    assert phone.post(f"/p/{token}/firma/", data).status_code == 303
    signature = Signature.objects.get()
    assert (signature.method, signature.image) == ("typed", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"firma": ""}, "Firma en el recuadro o escribe tu nombre"),
        ({"nif": "12345678A"}, "NIF"),
        ({"consiento": ""}, "Marca la casilla"),
        ({"nombre": ""}, "Escribe tu nombre y apellidos."),
        ({"firma": "data:image/png;base64,noesbase64"}, "Firma en el recuadro"),
    ],
)
def test_what_is_missing_is_said_and_nothing_signed(
    phone: Client, token: str, changes: dict, said: str
) -> None:
    answer = phone.post(f"/p/{token}/firma/", signing(**changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    # The box at the top and the field say the same words.
    assert said in page and "Falta «Acepto" not in page
    assert not Signature.objects.exists()


def test_rejecting_keeps_the_reason_and_tells_the_agent(
    phone: Client, token: str, lucia: Any
) -> None:
    phone.post(f"/p/{token}/rechazo/", {"motivo": "Es caro"})
    phone.post(f"/p/{token}/rechazo/", {"motivo": "Otra vez"})
    quote = Quote.objects.get()
    assert (quote.status, quote.reject_reason) == (QuoteStatus.REJECTED, "Es caro")
    mail = OutgoingMail.objects.get(kind="sales.notice")
    assert mail.to == [lucia.user.email]
    assert "Rechazaste este presupuesto" in phone.get(f"/p/{token}/").content.decode()
    assert phone.post(f"/p/{token}/firma/", signing()).url.endswith(f"/p/{token}/")
    assert not Signature.objects.exists()


def test_a_question_becomes_one_mail_to_the_agent(phone: Client, token: str) -> None:
    data = {"pregunta": "¿Incluye el montaje?", "nombre": "Carmen", "correo": "c@mirador.example"}
    for _ in range(2):
        phone.post(f"/p/{token}/pregunta/", data)
    mail = OutgoingMail.objects.get(kind="sales.notice")
    assert "¿Incluye el montaje?" in mail.text
    assert mail.reply_to == "c@mirador.example"


def test_an_expired_link_offers_another_and_cannot_be_signed(
    phone: Client, token: str, sent: PublicLink
) -> None:
    PublicLink.objects.filter(pk=sent.pk).update(expires_at=sent.created_at - timedelta(days=1))
    assert "Pedir uno actualizado" in phone.get(f"/p/{token}/").content.decode()
    assert phone.post(f"/p/{token}/firma/", signing()).status_code == 303
    assert not Signature.objects.exists()


def test_the_link_of_an_older_version_says_there_is_a_newer_one(
    phone: Client, token: str, lucia: Any
) -> None:
    new_version(Quote.objects.get(), by=lucia)
    assert "Hay una versión más nueva" in phone.get(f"/p/{token}/").content.decode()


def test_a_signed_version_stays_signed_after_another_is_opened(
    phone: Client, token: str, lucia: Any
) -> None:
    phone.post(f"/p/{token}/firma/", signing())
    before = phone.get(f"/p/{token}/pdf-firmado/").content
    new_version(Quote.objects.get(), by=lucia)
    assert phone.get(f"/p/{token}/", follow=True).status_code == 200
    assert phone.get(f"/p/{token}/pdf-firmado/").content == before


def test_an_unknown_token_is_not_found_and_many_have_to_wait(phone: Client, token: str) -> None:
    wrong = "x" * 43
    assert phone.get(f"/p/{wrong}/").status_code == 404
    for _ in range(19):
        phone.get(f"/p/{wrong}/firma/")
    late = phone.get(f"/p/{wrong}/")
    assert late.status_code == 429
    assert late.headers["Retry-After"]
    assert Client(REMOTE_ADDR="203.0.113.77").get(f"/p/{token}/").status_code == 200


def test_another_site_cannot_sign_for_the_visitor(phone: Client, token: str) -> None:
    answer = phone.post(f"/p/{token}/firma/", signing(), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not Signature.objects.exists()


def test_the_page_of_the_phone_is_light(phone: Client, token: str) -> None:
    build = Path(ui_apps.__file__).parent / "static" / "build"
    ours = Path(__file__).parents[1] / "static" / "portal"
    parts = [phone.get(f"/p/{token}/").content, *(p.read_bytes() for p in ours.iterdir())]
    parts += [(build / name).read_bytes() for name in ("public.css", "public.js", "signature.js")]
    assert sum(len(gzip.compress(part)) for part in parts) < 60_000


@pytest.mark.no_scope
def test_the_scope_of_a_link_is_its_own_house(phone: Client, lonja: Any, lucia: Any) -> None:
    from lonja.parties.models import Party
    from lonja.sales.actions import publish_quote
    from lonja.sales.tests.house import BASE, make_quote

    with scope(lonja):
        party = Party.objects.create(name="Bar Pepe", nif="12345678Z", kind="consumer")
        token = publish_quote(
            make_quote(lonja.company, party, lucia), by=lucia, base_url=BASE
        ).token
    page = phone.get(f"/p/{token}/firma/").content.decode()
    assert "Acepto el presupuesto" in page
    assert "en nombre de" not in page
