"""What a person reads on a quote before and after signing it."""

from __future__ import annotations

from lonja.documents.qr import qr_svg
from lonja.documents.render import QUOTE, render_pdf
from lonja.documents.tests.samples import WHEN, pages, picture, quote

SIGNATURE = {
    "title": "Aceptado y firmado",
    "name": "Carmen Ferrer Soler",
    "nif": "12345678Z",
    "signed_at": "21/11/2026, 10:42",
    "code": "7F3K-92QD-XX41",
}
EVIDENCE = {
    "title": "Evidencias de la firma",
    "intro": "Este registro forma parte del documento.",
    "facts": [{"label": "SHA-256 del documento", "value": "9f86d081884c7d659a2feaa0c55ad015" * 2}],
    "events": [
        {
            "what": "Firmado",
            "utc": "2026-11-21 09:42:11",
            "local": "21/11/2026 10:42",
            "ip": "203.0.113.7",
            "device": "Safari en iPhone",
        }
    ],
    "consents": ["Acepto el presupuesto P2026/0188 y sus condiciones."],
}


def printed(images=None, **changes):
    return render_pdf(QUOTE, quote(**changes), images=images or {}, timestamp=WHEN)


def test_an_unsigned_quote_invites_to_sign_and_has_no_fiscal_code():
    images = {"sign_qr": qr_svg("https://climalevante.example/p/tok")}
    text = " ".join(pages(printed(images)))
    for expected in (
        "Presupuesto P2026/0188",
        "Válido hasta el 21 de diciembre de 2026",
        "Hola, Carmen.",
        "Opcional Soporte antivibración",
        "Total sin IVA 3.616,00 €",
        "Total, IVA incluido 4.375,36 €",
        "42,35 € al mes",
        "Firma desde tu móvil",
        "Ver y firmar",
    ):
        assert expected in text
    assert "QR tributario" not in text


def test_conditions_begin_their_own_page():
    texts = pages(printed())
    assert "Condiciones Garantía Tres años. Dos en mano de obra." in texts[-1]
    assert "Presupuesto P2026/0188 · Hotel Mirador" in texts[-1]


def test_a_signed_quote_shows_who_signed_and_appends_the_evidence():
    images = {"signature": picture()}
    texts = pages(printed(images, sign=None, signature=SIGNATURE, evidence=EVIDENCE))
    whole = " ".join(texts)
    for expected in ("Carmen Ferrer Soler · 12345678Z", "7F3K-92QD-XX41", "Aceptado y firmado"):
        assert expected in whole
    for expected in ("2026-11-21 09:42:11", "203.0.113.7", "Safari en iPhone", "Acepto el pres"):
        assert expected in texts[-1]
    assert EVIDENCE["facts"][0]["value"] in texts[-1].replace(" ", "").replace("\u200b", "")
    assert "Firma desde tu móvil" not in whole
