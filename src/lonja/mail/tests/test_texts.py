"""The words of the mails: of the house, by language, and never with a variable that is not."""

from __future__ import annotations

import pytest

from lonja.kit.errors import Refused
from lonja.mail.models import MailText
from lonja.mail.texts import Composer, check, fill, purpose_of

PATH = "/configuracion/correo/textos/invoice/ca/"


def test_a_line_left_without_values_is_not_written():
    text = "Hola\nVencimiento: {vencimiento}\n\nGracias, {empresa}"
    assert fill(text, {"empresa": "Clima"}) == "Hola\n\nGracias, Clima\n"
    assert "Vencimiento: hoy" in fill(text, {"empresa": "Clima", "vencimiento": "hoy"})


def test_an_unknown_variable_is_refused_by_its_name(lonja):
    with pytest.raises(Refused, match=r"No existe la variable \{nif\}"):
        check(purpose_of("invoice"), "Hola {nif}")


def test_the_words_of_the_house_win_in_their_language_only(as_lucia, lonja):
    data = {"subject": "La teva factura {numero}", "text": "Hola, {cliente}"}
    assert as_lucia.post(PATH, data).status_code == 303
    composer = Composer("invoice")
    assert composer.compose("ca", {"numero": "F1", "cliente": "Anna"}) == (
        "La teva factura F1",
        "Hola, Anna\n",
    )
    assert "Te adjuntamos" in composer.compose("es", {"numero": "F1", "importe": "1 €"})[1]


def test_a_wrong_variable_keeps_what_was_typed_and_names_it(as_lucia):
    answer = as_lucia.post(PATH, {"subject": "Factura", "text": "Hola {nombre_raro}"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "No existe la variable {nombre_raro}" in html
    assert "Hola {nombre_raro}" in html
    assert not MailText.objects.exists()


def test_the_preview_shows_it_with_invented_data_and_saves_nothing(as_lucia):
    data = {"subject": "Factura {numero}", "text": "Son {importe}"}
    html = as_lucia.post(PATH + "vista-previa/", data).content.decode()
    assert "Factura F2026/0413" in html
    assert "Son 1.403,60" in html
    assert not MailText.objects.exists()


def test_the_original_comes_back(as_lucia):
    as_lucia.post(PATH, {"subject": "X {numero}", "text": "Y"})
    assert "Restaurar el original" in as_lucia.get(PATH).content.decode()
    assert as_lucia.post(PATH + "original/").status_code == 303
    assert not MailText.objects.exists()
    assert "T’adjuntem la factura" in as_lucia.get(PATH).content.decode()


def test_a_test_mail_carries_the_saved_words(as_lucia, sink, lonja):
    as_lucia.post(PATH, {"subject": "Prova {numero}", "text": "Bon dia, {cliente}"})
    assert as_lucia.post(PATH + "prueba/", {"to": "jo@casa.example"}).status_code == 303
    (message,) = sink.messages
    assert message["Subject"] == "Prova F2026/0413"
    assert 'lang="ca"' in message.get_body(("html",)).get_content()


@pytest.mark.parametrize("language", ["es", "ca", "gl", "eu", "en"])
def test_every_purpose_is_written_in_every_language(as_lucia, language):
    for code in ("invoice", "correction", "access"):
        purpose = purpose_of(code)
        for text in purpose.texts[language]:
            check(purpose, text)
        path = f"/configuracion/correo/textos/{code}/{language}/"
        assert as_lucia.get(path).status_code == 200
