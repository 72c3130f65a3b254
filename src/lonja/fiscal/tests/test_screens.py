"""«VERI*FACTU» in settings, the panel of an invoice and the editor, through the door."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from tests.support.books import by_hand

from lonja.accounts.models import Organisation
from lonja.billing.models import Invoice
from lonja.fiscal.actions.exporting import check
from lonja.fiscal.models import Certificate, Chain, Channel, Declaration, Record
from lonja.fiscal.tests.conftest import NIF, PASSWORD, drain, send
from lonja.fiscal.verifactu.agency import Mode
from lonja.jobs.models import Job
from lonja.jobs.worker import run_until_idle
from lonja.parties.models import Party

HOME = "/configuracion/verifactu/"


def text(answer) -> str:
    assert answer.status_code in (200, 409, 422), answer.status_code
    return answer.content.decode()


def test_the_screen_says_how_it_goes_in_one_sentence(as_lucia, server, issued):
    assert "Falta el certificado. Aún no hay ningún registro" in text(as_lucia.get(HOME))
    issued()
    assert "1 registro espera: falta el certificado" in text(as_lucia.get(HOME))


def test_a_certificate_is_uploaded_and_what_waited_is_sent(as_lucia, server, issued):
    issued()
    send()
    content = server.authority.pkcs12("CLIMA LEVANTE SL", NIF, PASSWORD)
    file = SimpleUploadedFile("empresa.p12", content)
    wrong = as_lucia.post(f"{HOME}certificado/", {"file": file, "password": "otra"})
    assert wrong.status_code == 409
    assert "La contraseña no abre el certificado" in text(wrong)
    file = SimpleUploadedFile("empresa.p12", content)
    good = as_lucia.post(f"{HOME}certificado/", {"file": file, "password": PASSWORD})
    assert good.status_code == 303
    drain()
    page = text(as_lucia.get(HOME))
    assert "Todo enviado: la AEAT ha respondido a los 1 registros" in page
    assert "CLIMA LEVANTE SL" in page
    as_lucia.post(f"{HOME}certificado/{Certificate.objects.get().pk}/baja/")
    assert not Certificate.objects.filter(is_current=True).exists()


def test_a_failure_is_told_with_its_next_try(as_lucia, certificate, agency, issued):
    agency.then(Mode("http500"))
    issued()
    send()
    page = text(as_lucia.get(HOME))
    assert "1 registro espera desde el" in page
    assert "Se vuelve a intentar a las" in page
    as_lucia.post(f"{HOME}reintento/")
    assert Channel.objects.get().retry_at is None


def test_a_rejected_record_is_explained_and_amended(as_lucia, certificate, agency, issued):
    issued()
    agency.then(Mode("reject", "1110", every=1))
    drain()
    page = text(as_lucia.get(HOME))
    assert "El NIF no está identificado en el censo" in page
    assert "emite una rectificativa" in page
    record = Record.objects.get()
    form = text(as_lucia.get(f"{HOME}registros/{record.pk}/subsanacion/"))
    assert "Mantenimiento preventivo" in form
    changes = {"description": "Mantenimiento", "recipient": "HOTEL SL", "regime_0": "01"}
    answer = as_lucia.post(f"{HOME}registros/{record.pk}/subsanacion/", changes)
    made = Record.objects.latest("position")
    assert answer.headers["Location"].endswith(f"/registros/{made.pk}/")
    assert "HOTEL SL" in made.xml
    drain()
    assert "Registros que arreglar" not in text(as_lucia.get(HOME))
    assert "Ya está arreglado" in text(as_lucia.get(f"{HOME}registros/{record.pk}/"))


def test_a_rejected_record_is_sent_again_as_it_was(as_lucia, certificate, agency, issued):
    issued()
    agency.then(Mode("reject", "1110", every=1))
    drain()
    as_lucia.post(f"{HOME}registros/{Record.objects.get().pk}/reenvio/")
    drain()
    assert Record.objects.latest("position").state == "accepted"


def test_a_number_taken_is_asked_about(as_lucia, certificate, agency, issued):
    issued()
    drain()
    for kept in agency.kept.values():
        kept.huella = "0" * 64
    record = Record.objects.get()
    Record.objects.update(state="rejected", error_code="3000")
    answer = as_lucia.post(f"{HOME}registros/{record.pk}/consulta/")
    run_until_idle()
    assert "otro registro con este número" in text(as_lucia.get(answer.headers["Location"]))


def test_a_submission_shows_what_was_sent_and_answered(as_lucia, certificate, agency, issued):
    issued()
    sent = send()
    assert "Correcto" in text(as_lucia.get(f"{HOME}envios/{sent.pk}/"))
    request = as_lucia.get(f"{HOME}envios/{sent.pk}/peticion/")
    assert request.content == agency.exchanges[0].request
    assert as_lucia.get(f"{HOME}envios/{sent.pk}/respuesta/").content == agency.exchanges[0].answer
    assert as_lucia.get(f"{HOME}envios/{sent.pk}/otra/").status_code == 404


def test_the_auditor_names_the_first_broken_record(as_lucia, several, lonja):
    several(4)
    chain = Chain.objects.get()
    whole = as_lucia.post(f"{HOME}cadenas/{chain.pk}/comprobacion/")
    run_until_idle()
    assert "La cadena está entera: 4 registros" in text(as_lucia.get(whole.headers["Location"]))
    with by_hand(lonja) as cursor:
        cursor.execute("UPDATE fiscal_record SET total_text = '1' WHERE position = 3")
    broken = as_lucia.post(f"{HOME}cadenas/{chain.pk}/comprobacion/")
    run_until_idle()
    assert "El primer registro roto es el 3" in text(as_lucia.get(broken.headers["Location"]))
    assert "Cadena rota en el registro 3" in text(as_lucia.get(HOME))


def test_what_is_issued_during_an_audit_does_not_break_the_chain(several, lonja):
    several(2)
    asked_for = Chain.objects.get()
    several(1)
    report = check(asked_for, by=None)
    assert (report.ok, report.checked) == (True, 3)
    assert Chain.objects.get().alarm == ""


def test_the_last_record_altered_raises_an_alarm_and_issuing_goes_on(as_lucia, several, lonja):
    several(2)
    with by_hand(lonja) as cursor:
        cursor.execute("UPDATE fiscal_record SET huella = 'A' WHERE position = 2")
    several(1)
    assert Record.objects.count() == 3
    assert "no es el que se generó" in text(as_lucia.get(HOME))


def test_a_clock_set_back_raises_an_alarm_that_ends_by_itself(as_lucia, several):
    several(1)
    ahead = (timezone.now() + timedelta(minutes=5)).astimezone().isoformat(timespec="seconds")
    Chain.objects.update(last_generated_at=ahead)
    several(1)
    assert "Ponlo en hora" in text(as_lucia.get(HOME))
    several(1)
    assert "Ponlo en hora" not in text(as_lucia.get(HOME))


def test_the_clock_of_the_agency_is_compared_with_ours(as_lucia, certificate, issued):
    issued()
    send()
    Channel.objects.update(clock_skew_seconds=300)
    assert "300 segundos atrasado" in text(as_lucia.get(HOME))


def test_the_export_carries_every_record_as_it_was(as_lucia, several):
    several(3)
    answer = as_lucia.post(f"{HOME}exportacion/", {"since": "", "until": ""})
    run_until_idle()
    job = Job.objects.get(task="lonja.fiscal.jobs.export_records")
    assert "Descargar" in text(as_lucia.get(answer.headers["Location"]))
    file = as_lucia.get(f"{HOME}exportacion/{job.pk}/")
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        names = archive.namelist()
        table = archive.read("registros.csv").decode("utf-8-sig").splitlines()
        first = archive.read(next(n for n in names if n.endswith("00000001.xml"))).decode()
    assert len([n for n in names if n.startswith("xml/")]) == 3
    assert len(table) == 4
    assert first == Record.objects.get(position=1).xml


def test_the_declaration_has_every_section_and_is_kept_for_ever(as_lucia, lonja):
    page = text(as_lucia.get(f"{HOME}declaracion/"))
    assert "responde de él quien lo pone en marcha" in page
    data = {"name": "Integra, S.L.", "nif": "B12345674", "address": "C/ Mayor, 1, 28001 Madrid"}
    as_lucia.post(f"{HOME}declaracion/", {**data, "contact": "", "place": "Madrid"})
    page = text(as_lucia.get(f"{HOME}declaracion/"))
    for letter in "abcdefghijkl":
        assert f"{letter}) " in page
    assert "django 5.2" in page.lower()
    assert "Integra, S.L. hace constar" in page
    as_lucia.post(f"{HOME}declaracion/firma/")
    kept = Declaration.objects.get()
    assert [row[0] for row in kept.sections] == list("abcdefghijkl")
    assert "Integra, S.L." in text(as_lucia.get(f"{HOME}declaracion/{kept.pk}/"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Declaration.objects.update(version="9")


def test_the_producer_is_who_the_records_name(as_lucia, issued):
    data = {
        "name": "Integra, S.L.",
        "nif": "B12345674",
        "address": "C/ Mayor, 1",
        "place": "Madrid",
    }
    as_lucia.post(f"{HOME}declaracion/", data)
    issued()
    assert (
        "<NombreRazon>Integra, S.L.</NombreRazon><NIF>B12345674</NIF>" in Record.objects.get().xml
    )


def test_leaving_at_the_end_of_the_year_is_told_in_each_submission(
    as_lucia, certificate, agency, issued, lonja
):
    as_lucia.post(f"{HOME}permanencia/", {"leaves": "on"})
    issued()
    send()
    year = lonja.company.today().year
    assert f"<FechaFinVeriFactu>31-12-{year}".encode() in agency.exchanges[0].request
    as_lucia.post(f"{HOME}permanencia/", {})
    assert Channel.objects.get().leaves_on is None


def test_the_page_of_an_invoice_tells_its_fiscal_state(as_lucia, certificate, issued):
    one = issued()
    assert f"/facturas/{one.pk}/aeat/" in text(as_lucia.get(f"/facturas/{one.pk}/"))
    drain()
    panel = text(as_lucia.htmx(f"/facturas/{one.pk}/aeat/"))
    record = Record.objects.get()
    assert record.huella in panel
    assert record.csv in panel
    assert "prewww2.aeat.es" in panel
    assert "Aceptado" in panel
    assert as_lucia.get(f"/facturas/{one.pk}/qr/").content.startswith(b"<svg")


def test_an_invoice_is_voided_from_its_page(as_lucia, as_marcos, certificate, agency, issued):
    one = issued()
    drain()
    assert "Se anula lo que nunca debió existir" in text(
        as_lucia.get(f"/facturas/{one.pk}/anulacion/")
    )
    data = {"reason": "Se emitió dos veces", "sure": "on"}
    assert as_marcos.post(f"/facturas/{one.pk}/anulacion/", data).status_code == 403
    assert as_lucia.post(f"/facturas/{one.pk}/anulacion/", {"reason": "x"}).status_code == 422
    as_lucia.post(f"/facturas/{one.pk}/anulacion/", data)
    assert Invoice.objects.get(pk=one.pk).status == "void"
    drain()
    assert [kept.state for kept in agency.kept.values()] == ["Anulada"]
    assert "Anulada en la AEAT" in text(as_lucia.get("/facturas/"))


def test_the_editor_says_what_the_agency_would_refuse_and_where_to_mend_it(as_lucia, draft, hotel):
    one = draft()
    assert f"?borrador={one.pk}" in text(as_lucia.get(f"/facturas/{one.pk}/editar/"))
    assert "cumple las reglas" in text(as_lucia.htmx(f"/facturas/comprobacion/?borrador={one.pk}"))
    Party.objects.filter(pk=hotel.pk).update(nif="B12345678")
    page = text(as_lucia.htmx(f"/facturas/comprobacion/?borrador={one.pk}"))
    assert "no admitiría esta factura" in page
    assert "NIF" in page
    assert f"/clientes/{hotel.pk}/" in page
    one.refresh_from_db()
    assert (one.number, one.status) == ("", "draft")
    assert Chain.objects.count() == 0


def test_the_editor_says_what_deserves_a_look_before_issuing(as_lucia, draft, hotel):
    one = draft()
    url = f"/facturas/comprobacion/?borrador={one.pk}"
    assert "mira esto" not in text(as_lucia.htmx(url))
    one.instalment_terms = "30/90"
    one.save()
    assert "El vencimiento es a 90 días" in text(as_lucia.htmx(url))
    Party.objects.filter(pk=hotel.pk).update(kind="consumer")
    assert "art. 63.3 LGDCU" in text(as_lucia.htmx(url))
    form = as_lucia.get(f"/clientes/{hotel.pk}/edicion/").context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    url_of = f"/clientes/{hotel.pk}/edicion/"
    to_come = as_lucia.post(url_of, data | {"einvoice_consent_on": "1/1/2199"})
    assert "no puede ser futuro" in text(to_come)
    as_lucia.post(url_of, data | {"einvoice_consent_on": "1/10/2026"})
    assert "1/10/2026" in text(as_lucia.get(f"/clientes/{hotel.pk}/"))
    assert "mira esto" not in text(as_lucia.htmx(url))


def test_a_service_to_the_union_asks_for_a_proof_that_it_is_a_business(as_lucia, draft, hotel):
    """Its VAT number is the usual one, not the only one."""
    one = draft()
    one.lines.update(tax_category="servicio_intracomunitario")
    url = f"/facturas/comprobacion/?borrador={one.pk}"
    assert "69.Uno LIVA" in text(as_lucia.htmx(url))
    french = {"kind": "company", "country": "FR", "id_type": "06", "nif": "PENDIENTE"}
    Party.objects.filter(pk=hotel.pk).update(**french)
    page = text(as_lucia.htmx(url))
    assert "mira esto" in page and "282/2011" in page and "69.Uno LIVA" not in page
    Party.objects.filter(pk=hotel.pk).update(id_type="02", nif="FR40303265045")
    assert "282/2011" not in text(as_lucia.htmx(url))


def test_in_a_foral_territory_it_is_told_that_verifactu_is_not_the_rule(as_lucia, draft, lonja):
    one, company = draft(), lonja.company
    company.postcode = "48001"
    company.save()
    assert "TicketBAI" in text(as_lucia.htmx(f"/facturas/comprobacion/?borrador={one.pk}"))
    assert "TicketBAI" in text(as_lucia.get("/configuracion/verifactu/"))


def test_a_draft_taxed_wrongly_is_told(as_lucia, draft, lonja):
    from lonja.billing.models import InvoiceLine

    one = draft()
    InvoiceLine.objects.filter(invoice=one).update(concept="")
    page = text(as_lucia.htmx(f"/facturas/comprobacion/?borrador={one.pk}"))
    assert "#lineas" in page


def test_after_a_restore_issuing_waits_for_the_last_numbers(as_lucia, issued, draft, lonja):
    issued()
    Organisation.objects.filter(pk=lonja.pk).update(issuing_blocked_reason="Se ha restaurado")
    one = draft()
    as_lucia.post(f"/facturas/{one.pk}/emision/")
    assert Invoice.objects.get(pk=one.pk).number == ""
    page = text(as_lucia.get("/configuracion/ultimos-numeros/"))
    assert "Se ha restaurado" in page
    from lonja.billing.models import SeriesYear

    counter = SeriesYear.objects.get()
    answer = as_lucia.post(
        "/configuracion/ultimos-numeros/", {f"last_{counter.pk}": "0", "sure": "on"}
    )
    assert answer.status_code == 422
    as_lucia.post("/configuracion/ultimos-numeros/", {f"last_{counter.pk}": "9", "sure": "on"})
    as_lucia.post(f"/facturas/{one.pk}/emision/")
    assert Invoice.objects.get(pk=one.pk).sequence == 10
    from lonja.config.verification import verify

    assert verify(lonja.slug, files=False).problems == []


def test_a_new_installation_number_starts_a_new_chain(issued, monkeypatch):
    issued()
    monkeypatch.setattr("lonja.fiscal.recording.installation_number", lambda company: "LONJA-OTRA")
    issued()
    assert Chain.objects.count() == 2
    second = Record.objects.get(chain__installation="LONJA-OTRA")
    assert (second.position, second.previous_huella) == (1, "")
    assert "<PrimerRegistro>S</PrimerRegistro>" in second.xml


def test_who_may_not_see_it_does_not(as_marcos, as_nuria, certificate, issued):
    issued()
    record = Record.objects.get()
    assert as_marcos.get(HOME).status_code == 403
    assert as_nuria.get(f"{HOME}registros/{record.pk}/").status_code == 404


def test_the_house_of_invented_data_does_not_promise_to_send(as_lucia, lonja, certificate, several):
    several(1)
    assert "se envían solos" in as_lucia.get("/configuracion/verifactu/").content.decode()
    type(lonja).objects.update(is_demo=True)
    page = as_lucia.get("/configuracion/verifactu/").content.decode()
    assert "se envían solos" not in page
    assert "no se enviarán" in page
