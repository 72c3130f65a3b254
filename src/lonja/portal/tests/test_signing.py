"""Signing by link with all that a company may ask: code, consents, order, choices, strokes."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.portal.tests.test_public import signing
from lonja.sales.actions import publish_quote, save_quote, send_quote
from lonja.sales.actions.answer import PER_HOUR
from lonja.sales.actions.codes import ATTEMPTS, send_code, verify_code
from lonja.sales.actions.signers import revoke_link, set_signers
from lonja.sales.biometrics import sealed
from lonja.sales.evidence import Visitor
from lonja.sales.evidence_page import evidence_report
from lonja.sales.models import (
    LegalText,
    PublicLink,
    Quote,
    QuoteQuestion,
    QuoteStatus,
    Signature,
    SignedDocument,
    SigningCode,
    SigningSettings,
)
from lonja.sales.tests.house import BASE, line
from lonja.sales.tests.signers import STROKES, custodian, keep_dynamics


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()


@pytest.fixture
def phone() -> Client:
    return Client(headers={"User-Agent": "Móvil de Carmen"}, REMOTE_ADDR="203.0.113.9")


@pytest.fixture
def token(sent: PublicLink) -> str:
    return sent.token


def ask(company: Any, policy: str) -> None:
    SigningSettings.objects.update_or_create(company=company, defaults={"code_policy": policy})


def last_code() -> str:
    mail = OutgoingMail.objects.filter(kind="sales.code").latest("pk")
    return re.search(r"^(\d{6})$", mail.text, re.M).group(1)


# --- one-time code -------------------------------------------------------------------------------
def test_with_a_code_only_who_reads_the_mailbox_signs(
    phone: Client, token: str, lonja: Any
) -> None:
    ask(lonja.company, "always")
    assert "c•••@mirador.example" in phone.get(f"/p/{token}/firma/").content.decode()
    assert phone.post(f"/p/{token}/firma/", signing()).status_code == 422
    page = phone.post(f"/p/{token}/codigo/", signing()).content.decode()
    assert "Te hemos enviado un código" in page
    assert 'value="Carmen Roselló Ferrer"' in page
    assert last_code() not in SigningCode.objects.get().code_hash
    assert phone.post(f"/p/{token}/firma/", signing(codigo=last_code())).status_code == 303
    signature = Signature.objects.get()
    assert signature.identified_by == "code"
    whats = [entry["what"] for entry in signature.evidence["log"]]
    assert whats[-3:] == ["code_sent", "code_verified", "accepted"]


def test_a_code_is_tried_five_times_and_no_more(phone: Client, token: str, lonja: Any) -> None:
    ask(lonja.company, "always")
    phone.post(f"/p/{token}/codigo/")
    right = last_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(ATTEMPTS):
        assert phone.post(f"/p/{token}/firma/", signing(codigo=wrong)).status_code == 422
    page = phone.post(f"/p/{token}/firma/", signing(codigo=right)).content.decode()
    assert "se ha bloqueado" in page
    assert not Signature.objects.exists()


def test_once_verified_a_code_is_not_guessed_either(sent: PublicLink, lonja: Any) -> None:
    now = timezone.now()
    send_code(sent, visitor=Visitor(), at=now)
    right = last_code()
    verify_code(sent, right, at=now)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(ATTEMPTS):
        with pytest.raises(Refused) as tried:
            verify_code(sent, wrong, at=now)
        assert tried.value.code == "code_wrong"
    with pytest.raises(Refused) as blocked:
        verify_code(sent, right, at=now)
    assert blocked.value.code == "code_blocked"


def test_the_report_names_the_mailbox_of_the_code_beside_that_of_the_link(
    phone: Client, sent: PublicLink, lucia: Any, lonja: Any
) -> None:
    ask(lonja.company, "always")
    send_quote(sent.quote, by=lucia, to=["gerencia@mirador.example"], base_url=BASE)
    phone.post(f"/p/{sent.token}/codigo/")
    phone.post(f"/p/{sent.token}/firma/", signing(codigo=last_code()))
    signature = Signature.objects.get()
    assert signature.evidence["log"][-1]["code_sent_to"] == "compras@mirador.example"
    facts = {one["label"]: one["value"] for one in evidence_report([signature], None)["facts"]}
    assert facts["Identificación"] == (
        "Enlace privado enviado a gerencia@mirador.example y código de un solo uso enviado a "
        "compras@mirador.example"
    )


def test_an_old_code_and_one_replaced_do_not_sign(phone: Client, token: str, lonja: Any) -> None:
    ask(lonja.company, "always")
    phone.post(f"/p/{token}/codigo/")
    first = last_code()
    SigningCode.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    phone.post(f"/p/{token}/codigo/")
    second = last_code()
    if first != second:
        assert phone.post(f"/p/{token}/firma/", signing(codigo=first)).status_code == 422
    SigningCode.objects.update(expires_at=timezone.now())
    page = phone.post(f"/p/{token}/firma/", signing(codigo=second)).content.decode()
    assert "ha caducado" in page


def test_codes_are_not_sent_without_end(phone: Client, token: str, lonja: Any) -> None:
    ask(lonja.company, "always")
    for _ in range(3):
        phone.post(f"/p/{token}/codigo/")
    assert OutgoingMail.objects.filter(kind="sales.code").count() == 1
    for _ in range(6):
        SigningCode.objects.filter(link__isnull=False).update(
            created_at=timezone.now() - timedelta(minutes=5)
        )
        answer = phone.post(f"/p/{token}/codigo/")
    assert answer.status_code == 409
    assert "Espera una hora" in answer.content.decode()
    assert OutgoingMail.objects.filter(kind="sales.code").count() == 5


def test_only_a_typed_name_needs_the_code_if_so_configured(
    phone: Client, token: str, lonja: Any
) -> None:
    ask(lonja.company, "typed")
    typed = signing(modo="nombre", firma="")
    assert phone.post(f"/p/{token}/firma/", typed).status_code == 422
    assert phone.post(f"/p/{token}/firma/", signing()).status_code == 303


# --- texts ---------------------------------------------------------------------------------------
def test_the_version_that_was_on_the_page_is_the_one_accepted(
    phone: Client, token: str, as_lucia: Any, lonja: Any
) -> None:
    first = "Acepto {numero} y autorizo los trabajos en nombre de {cliente}."
    as_lucia.post("/configuracion/firma/textos/accept_for/", {"body": first})
    page = phone.get(f"/p/{token}/firma/").content.decode()
    assert "autorizo los trabajos" in page
    assert 'name="texto_accept" value="1"' in page
    as_lucia.post("/configuracion/firma/textos/accept_for/", {"body": "Otro texto {numero}."})
    changed = phone.post(f"/p/{token}/firma/", signing(texto_accept=1))
    assert changed.status_code == 422
    page = changed.content.decode()
    assert "El texto ha cambiado: léelo otra vez. Si lo aceptas" in page
    assert "Otro texto" in page and 'value="Carmen Roselló Ferrer"' in page
    assert " checked" not in page  # nobody ticks a text before reading it
    assert not Signature.objects.exists()
    phone.post(f"/p/{token}/firma/", signing(texto_accept=2))
    (consent,) = Signature.objects.get().consents
    assert (consent["kind"], consent["version"]) == ("accept_for", 2)
    assert consent["text"] == "Otro texto P2026/0001."
    assert LegalText.objects.count() == 2


@pytest.mark.parametrize(
    "posted",
    [
        {"texto_accept": 0, "texto_conditions": 0},
        {"texto_accept": 0, "texto_conditions": 1},
        {"texto_accept": 0, "texto_conditions": 999_999},
        {"texto_accept": 0},  # as if the page had shown none
    ],
)
def test_a_signer_does_not_choose_nor_leave_out_the_conditions(
    phone: Client, token: str, as_lucia: Any, posted: dict[str, int]
) -> None:
    for body in ("Pago a 60 días.", "Pago a 30 días."):
        as_lucia.post("/configuracion/firma/textos/conditions/", {"body": body})
    assert phone.post(f"/p/{token}/firma/", signing(**posted)).status_code == 422
    assert not Signature.objects.exists()
    shown = signing(texto_accept=0, texto_conditions=2)
    assert phone.post(f"/p/{token}/firma/", shown).status_code == 303
    told = [(one["kind"], one["version"]) for one in Signature.objects.get().consents]
    assert told == [("accept_for", 0), ("conditions", 2)]


def test_conditions_taken_away_ask_for_nothing(
    phone: Client, token: str, as_lucia: Any, lonja: Any
) -> None:
    LegalText.objects.create(company=lonja.company, kind="conditions", version=1, body="")
    assert phone.post(f"/p/{token}/firma/", signing(texto_accept=0)).status_code == 303


def test_the_same_text_again_is_no_version(as_lucia: Any, lonja: Any) -> None:
    for _ in range(2):
        as_lucia.post("/configuracion/firma/textos/conditions/", {"body": "Pago a 30 días."})
    assert LegalText.objects.count() == 1
    assert as_lucia.get("/configuracion/firma/textos/otro/").status_code == 404


# --- strokes -------------------------------------------------------------------------------------
def test_strokes_are_kept_only_encrypted_and_bound_to_the_document(
    phone: Client, token: str, lonja: Any
) -> None:
    keep_dynamics(lonja.company)
    page = phone.get(f"/p/{token}/firma/").content.decode()
    assert "Notaría Pérez" in page
    data = signing(biometria="1", trazos=json.dumps(STROKES))
    assert phone.post(f"/p/{token}/firma/", data).status_code == 303
    signature = Signature.objects.get()
    assert [one["kind"] for one in signature.consents] == ["accept_for", "biometrics"]
    jwe = signature.dynamics.read()
    assert b"strokes" not in jwe
    assert sealed.bound_to(jwe)["document_sha256"] == signature.document_sha256
    assert json.loads(sealed.decrypt(jwe, custodian()))["strokes"][0][0][:3] == [20, 150, 0]
    assert "strokes" not in json.dumps(list(Event.objects.values_list("data", flat=True)))


def test_without_consent_only_the_picture_is_kept(phone: Client, token: str, lonja: Any) -> None:
    keep_dynamics(lonja.company)
    phone.post(f"/p/{token}/firma/", signing(trazos=json.dumps(STROKES)))
    signature = Signature.objects.get()
    assert (signature.method, signature.dynamics) == ("drawn", None)


def test_a_company_that_did_not_ask_for_strokes_gets_none(phone: Client, token: str) -> None:
    phone.post(f"/p/{token}/firma/", signing(trazos=json.dumps(STROKES), biometria="1"))
    assert Signature.objects.get().dynamics is None


HOSTILE = {
    "nan": '{"v":1,"pointer":"pen","device":{"w":1,"h":1,"dpr":1},"strokes":[[[NaN,1,0]]]}',
    "negative": json.dumps({**STROKES, "strokes": [[[1, 1, -5]]]}),
    "backward": json.dumps({**STROKES, "strokes": [[[1, 1, 10], [1, 1, 5]]]}),
    "million": json.dumps({**STROKES, "strokes": [[[1, 1, 1]] * 60_000]}),
    "deep": "[" * 100_000,
    "infinite": '{"v":1,"pointer":"pen","device":{"w":1e999,"h":1,"dpr":1},"strokes":[[[1,1,0]]]}',
    "not a list": '{"v":1,"pointer":"pen","device":{"w":9,"h":9,"dpr":1},"strokes":{"a":1}}',
    "words": '"hola"',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_strokes_that_are_none_are_refused_kindly_and_nothing_is_lost(
    phone: Client, token: str, lonja: Any, what: str
) -> None:
    keep_dynamics(lonja.company)
    data = signing(biometria="1", trazos=HOSTILE[what])
    answer = phone.post(f"/p/{token}/firma/", data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "firma otra vez" in page
    assert 'value="Carmen Roselló Ferrer"' in page
    assert not Signature.objects.exists()


def test_five_megabytes_of_strokes_are_not_even_read(phone: Client, token: str) -> None:
    answer = phone.post(f"/p/{token}/firma/", signing(biometria="1", trazos="1" * 5_000_000))
    assert answer.status_code == 413
    assert "demasiado grande" in answer.content.decode()
    assert phone.post(f"/p/{token}/firma/", signing()).status_code == 303


# --- several signers -----------------------------------------------------------------------------
@pytest.fixture
def three(quote: Quote, lucia: Any) -> list[PublicLink]:
    set_signers(
        quote,
        [
            ("Carmen Roselló", "c@m.example"),
            ("Pau Ferrer", "p@m.example"),
            ("Eva Gil", "e@m.example"),
        ],
        by=lucia,
    )
    send_quote(quote, by=lucia, to=["c@m.example"], base_url=BASE)
    return list(PublicLink.objects.order_by("position"))


def test_signers_sign_in_order_and_the_last_accepts(
    phone: Client, three: list[PublicLink], lonja: Any
) -> None:
    first, second, third = (link.token for link in three)
    assert "Antes tiene que firmar Carmen Roselló" in phone.get(f"/p/{second}/").content.decode()
    assert phone.post(f"/p/{second}/firma/", signing()).status_code == 303
    assert not Signature.objects.exists()
    phone.post(f"/p/{first}/firma/", signing())
    assert Quote.objects.get().status == QuoteStatus.SENT
    turn = OutgoingMail.objects.get(subject__startswith="Te toca firmar")
    assert turn.to == ["p@m.example"]
    assert second in turn.text
    page = phone.get(f"/p/{first}/aceptado/").content.decode()
    assert "Le toca firmar a Pau Ferrer" in page
    phone.post(f"/p/{second}/firma/", signing(nombre="Pau Ferrer"))
    phone.post(f"/p/{third}/firma/", signing(nombre="Eva Gil"))
    assert Quote.objects.get().status == QuoteStatus.ACCEPTED
    copies = OutgoingMail.objects.filter(key__endswith=":customer").get()
    assert copies.to == ["c@m.example", "p@m.example", "e@m.example"]
    assert SignedDocument.objects.count() == 3


def test_who_signs_second_signs_what_the_first_chose(
    phone: Client, three: list[PublicLink], lonja: Any
) -> None:
    phone.post(f"/p/{three[0].token}/firma/", signing(opcion=4))
    phone.post(f"/p/{three[1].token}/firma/", signing(nombre="Pau Ferrer"))
    assert [one.chosen_lines for one in Signature.objects.order_by("position")] == [[4], [4]]


def test_a_link_in_the_wrong_hands_is_changed_for_another(
    phone: Client, three: list[PublicLink], lucia: Any
) -> None:
    fresh = revoke_link(three[0], by=lucia)
    assert phone.post(f"/p/{three[0].token}/firma/", signing()).status_code == 303
    assert not Signature.objects.exists()
    assert phone.post(f"/p/{fresh.token}/firma/", signing()).status_code == 303
    assert Signature.objects.get().position == 1
    old = three[0].token
    for path in ("aceptado/", "pdf-firmado/", "pdf/", "pregunta/"):
        assert phone.get(f"/p/{fresh.token}/{path}").status_code == 200
        assert phone.get(f"/p/{old}/{path}").status_code == 404
    page = phone.get(f"/p/{old}/").content.decode()
    assert "Este enlace ya no vale" in page
    assert "Carmen" not in page and "4.375,36" not in page


# --- keys, clocks, choices, names ----------------------------------------------------------------
def test_the_network_falls_and_the_same_key_gives_the_first_signature(
    phone: Client, token: str
) -> None:
    data = signing(clave="k" * 32)
    first = phone.post(f"/p/{token}/firma/", data)
    again = phone.post(f"/p/{token}/firma/", data)
    assert (first.status_code, again.status_code) == (303, 303)
    assert again.url == first.url
    assert Signature.objects.get().key == "k" * 32


@pytest.mark.parametrize("told", ["2001-01-01T00:00:00Z", "ayer", "", "9999999-01-01T00:00:00Z"])
def test_a_wrong_clock_of_the_phone_is_kept_beside_ours(
    phone: Client, token: str, told: str
) -> None:
    phone.post(f"/p/{token}/firma/", signing(reloj=told))
    signature = Signature.objects.get()
    assert abs((signature.signed_at - timezone.now()).total_seconds()) < 60
    assert (signature.signed_at_device is not None) == told.startswith("2001")


def test_quantities_and_one_of_a_group_are_chosen_within_limits(
    phone: Client, quote: Quote, lucia: Any
) -> None:
    lines = [
        line("Split", 4, 100, min_quantity=2, max_quantity=6),
        line("Básica", 1, 50, group="Garantía", optional=True, chosen=True),
        line("Plus", 1, 90, group="Garantía", optional=True, chosen=False),
    ]
    save_quote(quote, fields={}, lines=lines, edited=quote.edited, by=lucia)
    quote.refresh_from_db()
    token = publish_quote(quote, by=lucia, base_url=BASE).token
    page = phone.get(f"/p/{token}/").content.decode()
    assert "de 2 a 6" in page
    choice = {"cantidad-1": "5", "opcion-2": "3"}
    assert "713,90" in phone.post(f"/p/{token}/calculo/", choice).content.decode()
    carried = phone.get(f"/p/{token}/firma/", {"elegir": "1", **choice}).content.decode()
    assert 'name="cantidad-1" value="5"' in carried
    too_many = phone.post(f"/p/{token}/firma/", signing(**{"cantidad-1": "60"}))
    assert too_many.status_code == 422
    assert "entre 2 y 6" in too_many.content.decode()
    phone.post(f"/p/{token}/firma/", signing(**choice))
    signature = Signature.objects.get()
    assert (signature.quantities, signature.chosen_lines) == ({"1": "5"}, [3])
    assert Quote.objects.get().total_cents == 71390


def test_svg_and_html_in_a_name_are_only_text(phone: Client, token: str) -> None:
    name = '<svg onload="alert(1)">Ana</svg>'
    phone.post(f"/p/{token}/firma/", signing(nombre=name))
    page = phone.get(f"/p/{token}/aceptado/").content.decode()
    assert "<svg onload" not in page
    assert SignedDocument.objects.count() == 1


def test_a_question_and_its_answer_stay_on_the_page(
    phone: Client, as_lucia: Any, token: str, sent: PublicLink
) -> None:
    data = {"pregunta": "¿Incluye el montaje?", "nombre": "Carmen", "correo": "c@m.example"}
    phone.post(f"/p/{token}/pregunta/", data)
    question = sent.quote.questions.get()
    panel = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    assert "¿Incluye el montaje?" in panel
    url = f"/presupuestos/{sent.quote_id}/preguntas/{question.pk}/"
    as_lucia.post(url, {"answer": "Sí, todo <b>incluido</b>."})
    assert OutgoingMail.objects.get(kind="sales.answer").to == ["c@m.example"]
    page = phone.get(f"/p/{token}/").content.decode()
    assert "¿Incluye el montaje?" in page
    assert "todo &lt;b&gt;incluido&lt;/b&gt;" in page


def test_questions_without_end_do_not_fill_a_mailbox(phone: Client, token: str) -> None:
    data = {"nombre": "Carmen", "correo": "c@m.example"}
    for number in range(PER_HOUR):
        phone.post(f"/p/{token}/pregunta/", {"pregunta": f"¿Y la {number}?", **data})
    answer = phone.post(f"/p/{token}/pregunta/", {"pregunta": "¿Y otra?", **data})
    assert (answer.status_code, "Espera un rato" in answer.content.decode()) == (422, True)
    again = phone.post(f"/p/{token}/pregunta/", {"pregunta": "¿Y la 0?", **data})
    assert again.status_code == 303
    assert QuoteQuestion.objects.count() == PER_HOUR
    assert OutgoingMail.objects.filter(kind="sales.notice").count() == PER_HOUR


def test_a_png_made_to_exhaust_the_memory_is_refused_with_words(phone: Client, token: str) -> None:
    size = (60_000).to_bytes(4, "big") * 2 + b"\x08\x06\x00\x00\x00"
    chunk = b"IHDR" + size
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\r" + chunk + crc32(chunk).to_bytes(4, "big")
    picture = "data:image/png;base64," + base64.b64encode(bomb).decode()
    answer = phone.post(f"/p/{token}/firma/", signing(firma=picture))
    assert (answer.status_code, "Firma en el recuadro" in answer.content.decode()) == (422, True)
