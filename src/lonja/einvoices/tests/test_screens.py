"""Electronic invoices from the browser: downloads, profile, mail, zips, certificate."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import etree

from lonja.billing.actions.send import send_invoice
from lonja.billing.models import Invoice
from lonja.einvoices.actions.profiles import offered_format
from lonja.einvoices.models import EinvoiceProfile, ElectronicCopy, SigningCertificate
from lonja.einvoices.tests.conftest import P12_PASSWORD, p12
from lonja.files.models import StoredFile
from lonja.jobs.models import Job
from lonja.mail.models import OutgoingMail
from lonja.mail.outbox import make_attachment
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Party


def run_job():
    """Run the job that was started, as a worker does: its result."""
    from lonja.billing import jobs
    from lonja.jobs import queue

    job = Job.objects.latest("pk")
    token = queue._running.set(job.pk)
    try:
        return jobs.bulk.func(**job.args)
    finally:
        queue._running.reset(token)


DIR3 = {
    "accounting_office": "L01460012",
    "managing_body": "l01460013",
    "processing_unit": "L0146 0014",
    "proposing_body": "",
}


def test_download_offers_every_format_and_gives_it(as_lucia, issue, certificate):
    one = issue({})
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    for place, start in (
        ("facturae", b"<?xml"),
        ("ubl", b"<?xml"),
        ("cii", b"<?xml"),
        ("copia-fiel", b"<?xml"),
        ("factur-x", b"%PDF"),
    ):
        assert f"/facturas/{one.pk}/{place}/" in html
        answer = as_lucia.get(f"/facturas/{one.pk}/{place}/")
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert one.number.replace("/", "-") in answer.headers["Content-Disposition"]
    page = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "Facturae 3.2.2 firmada</a>" in page


def test_a_draft_refuses_kindly(as_lucia, lonja, hotel, lucia):
    draft = Invoice.objects.create(company=lonja.company, party=hotel)
    answer = as_lucia.get(f"/facturas/{draft.pk}/ubl/")
    assert answer.status_code == 409
    assert "Emite la factura para descargarla" in answer.content.decode()
    assert not ElectronicCopy.objects.exists()


def test_without_certificate_the_page_says_where_to_put_it(as_lucia, issue):
    answer = as_lucia.get(f"/facturas/{issue({}).pk}/facturae/")
    assert answer.status_code == 409
    assert "Configuración › Facturación electrónica" in answer.content.decode()


def test_the_profile_of_a_client_is_written_in_its_tab(as_lucia, hotel):
    path = f"/clientes/{hotel.pk}/facturacion-electronica/"
    answer = as_lucia.post(f"{path}editar/", {"preferred": "facturae", **DIR3})
    assert answer.status_code == 303
    profile = EinvoiceProfile.objects.get()
    assert (profile.managing_body, profile.processing_unit) == ("L01460013", "L01460014")
    html = as_lucia.get(f"/clientes/{hotel.pk}/?tab=facturacion-electronica").content.decode()
    assert "Facturae 3.2.2 firmada" in html
    assert "L01460013" in html
    assert "todavía no hay certificado" in html


@pytest.mark.parametrize(
    ("change", "words"),
    [({"managing_body": ""}, "piden los tres"), ({"managing_body": "1"}, "nueve caracteres")],
)
def test_half_a_dir3_is_not_kept(as_lucia, hotel, change, words):
    path = f"/clientes/{hotel.pk}/facturacion-electronica/editar/"
    answer = as_lucia.post(path, {"preferred": "", **DIR3, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not EinvoiceProfile.objects.exists()


def test_the_mail_carries_the_preferred_format_beside_the_pdf(issue, hotel, lucia):
    EinvoiceProfile.objects.create(party=hotel, preferred="ubl")
    one = issue({})
    mail = send_invoice(one, by=lucia)
    names = [item["name"] for item in mail.attachments]
    assert names == [f"Factura {one.number}.pdf".replace("/", "-"), "UBL F2026-0001.xml"]
    extra = mail.attachments[1]
    content = make_attachment(extra["later"], extra["id"])
    assert etree.fromstring(content).tag.endswith("}Invoice")


def test_the_invoice_of_a_merged_client_is_offered_in_the_format_of_the_kept_one(
    issue, hotel, lucia
):
    one = issue({})
    kept = Party.objects.create(name="Hotel Mirador", nif="B12345674")
    EinvoiceProfile.objects.create(party=kept, preferred="ubl")
    merge_parties(kept, hotel, by=lucia)
    one = Invoice.objects.get(pk=one.pk)
    assert offered_format(one) == "ubl"


def test_issuing_and_sending_at_once_carries_it_too(as_lucia, lonja, hotel, lucia, issue):
    EinvoiceProfile.objects.create(party=hotel, preferred="facturx")
    draft = issue({})
    copy = as_lucia.post(f"/facturas/{draft.pk}/copia/")
    pk = int(copy.headers["Location"].rstrip("/").split("/")[-2])
    as_lucia.post(f"/facturas/{pk}/emision/", {"enviar": "1"})
    assert [a["name"][:8] for a in OutgoingMail.objects.get().attachments] == [
        "Factura ",
        "Factur-X",
    ]


def test_what_its_format_cannot_carry_goes_with_the_pdf_alone_and_says_why(
    as_lucia, issue, hotel, lucia
):
    EinvoiceProfile.objects.create(party=hotel, preferred="ubl")
    one = issue({}, withholding_pct=Decimal("15"))
    assert len(send_invoice(one, by=lucia).attachments) == 1
    assert "no recoge la retención de IRPF" in as_lucia.get(f"/facturas/{one.pk}/").content.decode()


def test_many_invoices_in_a_zip_each_in_its_own_format(as_lucia, issue, spa):
    EinvoiceProfile.objects.create(party=spa, preferred="facturx")
    issue({})
    issue({"tax_category": "intracomunitaria"}, party=spa)
    issue({}, withholding_pct=Decimal("15"))
    ids = list(Invoice.objects.values_list("pk", flat=True))
    data = {"accion": "electronica", "id": ids, "format": "", "confirmado": "1"}
    as_lucia.post("/facturas/acciones/", data)
    result = run_job()
    assert result["done"] == 2
    assert "Usa Facturae" in result["refused"][0][1]
    content = StoredFile.objects.get(pk=result["file"]).read()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names == ["UBL F2026-0001.xml", "Factur-X F2026-0002.pdf"]


def test_the_certificate_is_uploaded_shown_and_taken_away(as_lucia, lonja):
    path = "/configuracion/facturacion-electronica/"
    upload = SimpleUploadedFile("firma.p12", p12())
    wrong = as_lucia.post(path, {"file": upload, "password": "otra"})
    assert wrong.status_code == 409
    assert "La contraseña no abre" in wrong.content.decode()
    upload = SimpleUploadedFile("firma.p12", p12())
    assert as_lucia.post(path, {"file": upload, "password": P12_PASSWORD}).status_code == 303
    html = as_lucia.get(path).content.decode()
    assert "Todo listo para firmar" in html
    kept = SigningCertificate.objects.get()
    as_lucia.post(f"{path}certificados/{kept.pk}/retirada/")
    kept.refresh_from_db()
    assert not kept.is_current
    assert kept.sealed_p12 == ""


def test_who_may_not_edit_sees_and_changes_nothing(as_marcos, hotel, marcos):
    hotel.agent = marcos
    hotel.save()
    path = f"/clientes/{hotel.pk}/facturacion-electronica/"
    assert as_marcos.get(f"{path}editar/").status_code == 403
    assert as_marcos.get("/configuracion/facturacion-electronica/").status_code == 403
    assert "Cambiar" not in as_marcos.htmx(path).content.decode()


def test_an_outsider_finds_no_copy(as_nuria, issue, certificate):
    one = issue({})
    for place in ("facturae", "ubl", "cii", "factur-x", "copia-fiel", "electronica"):
        assert as_nuria.get(f"/facturas/{one.pk}/{place}/").status_code == 404
    assert not ElectronicCopy.objects.exists()
