"""The page of an invoice, its mails, and who may see what."""

from __future__ import annotations

import pytest
from tests.cast import OrganisationClient, make_member

from lonja.billing.models import Invoice
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party


def test_the_page_tells_everything_about_it(as_lucia, draft):
    one = draft()
    as_lucia.post(f"/facturas/{one.pk}/emision/", {"enviar": "1"})
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    for said in ("Pendiente de enviar", "En cola", "Cotejar en la AEAT", "emitió la factura"):
        assert said in html
    assert f"/facturas/{one.pk}/paginas/1/" in html


def test_sending_again_goes_where_it_is_told_with_the_same_pdf(as_lucia, issued):
    one = issued()
    drawer = as_lucia.get(f"/facturas/{one.pk}/envios/").content.decode()
    assert "compras@mirador.example" in drawer
    data = {"to": "a@b.example; c@d.example", "cc": "", "subject": "Hola", "text": "Va otra vez"}
    assert as_lucia.post(f"/facturas/{one.pk}/envios/", data).status_code == 303
    mail = OutgoingMail.objects.get()
    assert mail.to == ["a@b.example", "c@d.example"]
    assert mail.attachments[0]["id"] == one.pk


def test_a_wrong_address_is_named_and_kept(as_lucia, issued):
    one = issued()
    data = {"to": "no-es-correo", "cc": "", "subject": "Hola", "text": "Texto"}
    answer = as_lucia.post(f"/facturas/{one.pk}/envios/", data)
    assert answer.status_code == 422
    assert "«no-es-correo» no es una dirección" in answer.content.decode()
    assert not OutgoingMail.objects.exists()


def test_a_failed_mail_shows_why(as_lucia, issued, lucia):
    from lonja.billing.actions.send import send_invoice

    one = issued()
    mail = send_invoice(one, by=lucia)
    OutgoingMail.objects.filter(pk=mail.pk).update(status="failed", last_error="buzón lleno")
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "No enviado" in html
    assert "buzón lleno" in html


def test_marcos_sees_only_what_is_his(as_marcos, marcos, issued, hotel, lonja):
    other = Party.objects.create(
        name="Forn, S.L.", nif="B11111119", address="C/ Nova, 2", city="Xàbia", agent=marcos
    )
    his, not_his = issued(party=other), issued()
    listed = as_marcos.get("/facturas/").content.decode()
    assert his.number in listed
    assert not_his.number not in listed
    assert as_marcos.get(f"/facturas/{his.pk}/").status_code == 200
    for path in ("", "pdf/", "paginas/1/"):
        assert as_marcos.get(f"/facturas/{not_his.pk}/{path}").status_code == 404
    assert as_marcos.get("/facturas/nueva/").status_code == 403
    assert as_marcos.post(f"/facturas/{his.pk}/emision/").status_code == 403
    assert "Registrar cobro" not in as_marcos.get(f"/facturas/{his.pk}/").content.decode()


POSTS = ("editar", "emision", "copia", "borrado", "cobros", "envios", "guardado", "calculo")


def test_an_outsider_finds_nothing(as_nuria, issued, draft):
    one, two = issued(), draft()
    for pk in (one.pk, two.pk):
        for path in ("", "pdf/", "paginas/1/", "editar/", "cobros/", "envios/"):
            assert as_nuria.get(f"/facturas/{pk}/{path}").status_code == 404
        for path in POSTS:
            assert as_nuria.post(f"/facturas/{pk}/{path}/").status_code == 404
    assert one.number not in as_nuria.get("/facturas/").content.decode()
    two.refresh_from_db()
    assert two.is_draft
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize("role", ["readonly", "adviser"])
def test_readers_read_and_change_nothing(lonja, issued, draft, role):
    reader = OrganisationClient(make_member(lonja, "Rosa Gil", role))
    one, two = issued(), draft()
    assert reader.get(f"/facturas/{one.pk}/").status_code == 200
    assert reader.get(f"/facturas/{two.pk}/").status_code == 200
    for pk in (one.pk, two.pk):
        for path in POSTS:
            assert reader.post(f"/facturas/{pk}/{path}/").status_code == 403


def test_support_has_no_invoices(lonja):
    support = OrganisationClient(make_member(lonja, "Sara Pla", "support"))
    assert support.get("/facturas/").status_code == 403
    assert "/facturas/" not in support.get("/clientes/").content.decode()
