"""Albaranes, recapitulativas and proformas."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lonja.billing import reports
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.notes import due_month, invoice_notes, run_due, run_month, save_note
from lonja.billing.actions.papers import invoice_of_proforma, make_proforma
from lonja.billing.actions.void import void_invoice
from lonja.billing.document import invoice_document
from lonja.billing.models import (
    DeliveryNote,
    DeliveryNoteLine,
    Invoice,
    MonthlyRecap,
    Proforma,
    RecapRun,
    SeriesYear,
    Status,
)
from lonja.billing.tests.test_papers import text_of
from lonja.documents.figures import figures_of
from lonja.documents.tests.spanish import spanish_left
from lonja.fiscal.models import Record
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party


@pytest.fixture
def delivered(lonja, hotel, lucia):
    """An albarán: `delivered(day, price="100", party=…)`."""

    def make(day: date | None = None, price: str = "100", party: Party | None = None) -> Any:
        company = lonja.company
        note = DeliveryNote(
            company=company, party=party or hotel, delivered_on=day or company.today()
        )
        line = DeliveryNoteLine(concept="Filtro de aire", unit_price=Decimal(price))
        return save_note(note, [line], by=lucia)

    return make


def note_data(hotel, **more: Any) -> dict[str, Any]:
    return {
        "party": hotel.pk,
        "delivered_on": "hoy",
        "reference": "Pedido 12",
        "lineas-TOTAL_FORMS": 1,
        "lineas-0-concept": "Filtro de aire",
        "lineas-0-quantity": "2",
        "lineas-0-unit_price": "41,90",
        "lineas-0-tax_category": "iva_general",
        **more,
    }


def test_an_albaran_is_written_read_and_downloaded(as_lucia, hotel):
    hotel.language = "en"  # of the paper, not of the screen
    hotel.save()
    answer = as_lucia.post("/albaranes/nuevo/", note_data(hotel))
    note = DeliveryNote.objects.get()
    assert answer.status_code == 303
    assert (note.number, note.base_cents) == (f"A{note.delivered_on.year}/0001", 8380)
    html = as_lucia.get(f"/albaranes/{note.pk}/").content.decode()
    assert "83,80\u00a0€" in html
    assert "Pendiente" in html
    pdf = as_lucia.get(f"/albaranes/{note.pk}/pdf/")
    for said in ("Delivery note", "€41.90", figures_of("en").day(note.delivered_on)):
        assert said in text_of(pdf.content)
    assert note.number in as_lucia.get("/albaranes/").content.decode()


def test_what_is_typed_in_an_albaran_is_kept_when_refused(as_lucia, hotel):
    wrong = note_data(hotel, **{"lineas-0-unit_price": "1e5"})
    answer = as_lucia.post("/albaranes/nuevo/", wrong)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="1e5"' in html
    assert 'value="Pedido 12"' in html
    future = as_lucia.post("/albaranes/nuevo/", note_data(hotel, delivered_on="+3"))
    assert "La entrega no puede ser futura" in future.content.decode()
    assert not DeliveryNote.objects.exists()


def test_albaranes_of_a_month_become_a_recapitulativa(as_lucia, delivered, lonja, lucia):
    today = lonja.company.today()
    days = sorted({today, today.replace(day=1)})
    notes = [delivered(day) for day in days]
    chosen = {"accion": "facturar", "id": [note.pk for note in notes]}
    as_lucia.post("/albaranes/acciones/", chosen)
    draft = Invoice.objects.get()
    assert draft.kind == ("recap" if len(notes) > 1 else "ordinary")
    done = issue_invoice(draft, by=lucia)
    assert done.base_cents == 10000 * len(notes)
    paper, _images = invoice_document(done)
    heads = [row["heading"] for row in paper["lines"] if "heading" in row]
    assert any(f"{days[0]:%d/%m/%Y}" in head for head in heads)
    assert {row.number for row in done.references.all()} == {note.number for note in notes}
    page = as_lucia.get(f"/albaranes/{notes[0].pk}/").content.decode()
    assert done.number in page


def test_each_client_and_month_gets_its_own(delivered, lonja, lucia):
    first = lonja.company.today().replace(day=1)
    other = Party.objects.create(name="Otro", nif="B98765431", address="C/ 1", city="Dénia")
    notes = [
        delivered(first),
        delivered(first - timedelta(days=3)),
        delivered(first, party=other),
    ]
    assert len(invoice_notes(notes, by=lucia)) == 3


def test_an_albaran_is_invoiced_once_and_freed_with_its_draft(as_lucia, delivered, lucia):
    note = delivered()
    (draft,) = invoice_notes([note], by=lucia)
    with pytest.raises(Refused) as refused:
        invoice_notes([note], by=lucia)
    assert refused.value.code == "note_invoiced"
    as_lucia.post(f"/facturas/{draft.pk}/borrado/")
    note.refresh_from_db()
    assert note.is_pending
    (again,) = invoice_notes([note], by=lucia)
    void_invoice(issue_invoice(again, by=lucia), reason="Se emitió por error", by=lucia)
    note.refresh_from_db()
    assert note.is_pending


def test_a_recapitulativa_across_months_is_refused(as_lucia, typed, lonja):
    first = lonja.company.today().replace(day=1)
    rows = [
        {"unit_price": "1", "operation_on": f"{first:%d/%m/%Y}"},
        {"unit_price": "1", "operation_on": f"{first - timedelta(days=1):%d/%m/%Y}"},
    ]
    data = typed(*rows, kind="recap", accion="emitir")
    html = as_lucia.post("/facturas/nueva/?b=x", data).content.decode()
    assert "solo reúne operaciones del mismo mes natural" in html
    assert "art. 13.1" in html


def test_the_deadline_warns_on_home(as_lucia, delivered, lonja, lucia):
    today = lonja.company.today()
    delivered(today)
    (group,) = reports.pending_recaps(lucia, today)
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=15)
    assert group.last_day == following
    card = as_lucia.get("/albaranes/inicio/", headers={"HX-Request": "true"}).content.decode()
    assert "1 albarán de" in card
    Party.objects.update(kind="consumer")
    assert reports.pending_recaps(lucia, today)[0].last_day.month == today.month


def month_before(today: date) -> date:
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def test_the_month_runs_by_itself_once(delivered, lonja, hotel, lucia):
    month = lonja.company.today().replace(day=1)
    delivered(month)
    agreement = MonthlyRecap.objects.create(company=lonja.company, party=hotel)
    first = run_month(agreement, month, by=None)
    delivered(month)
    second = run_month(agreement, month, by=None)
    assert first.invoice.status == Status.ISSUED
    assert second.invoice == first.invoice
    assert Invoice.objects.count() == 1
    assert OutgoingMail.objects.filter(about_id=first.invoice.pk).count() == 1


def test_one_refusal_never_stops_the_rest(delivered, lonja, hotel, lucia):
    lacks = Party.objects.create(name="Aa sin NIF", address="C/ 1", city="Dénia")
    month = month_before(lonja.company.today())
    for party in (lacks, hotel):
        delivered(month, party=party)
        MonthlyRecap.objects.create(company=lonja.company, party=party)
    after = month.replace(day=28) + timedelta(days=6)  # the first days of the month after
    assert run_due(after) in (0, 1)  # 0 when today is past the legal deadline
    runs = {run.party: run for run in RecapRun.objects.all()}
    assert "NIF" in runs[lacks].refusal
    assert not Invoice.objects.filter(party=lacks).exists()
    assert runs[hotel].invoice is not None or "se podía expedir" in runs[hotel].refusal


@pytest.mark.parametrize(
    ("kind", "day", "month"),
    [
        ("company", date(2026, 12, 1), date(2026, 11, 1)),
        ("company", date(2026, 12, 15), date(2026, 11, 1)),
        ("company", date(2026, 12, 16), None),
        ("consumer", date(2026, 11, 30), date(2026, 11, 1)),
        ("consumer", date(2026, 11, 29), None),
    ],
)
def test_each_month_is_due_by_its_deadline(lonja, hotel, kind, day, month):
    hotel.kind = kind
    assert due_month(MonthlyRecap(company=lonja.company, party=hotel), day) == month


def test_the_page_of_recapitulativas_opts_a_client_in_and_out(as_lucia, hotel, delivered):
    delivered()
    as_lucia.post("/albaranes/mensuales/", {"party": hotel.pk})
    agreement = MonthlyRecap.objects.get()
    as_lucia.post(f"/albaranes/mensuales/{agreement.pk}/pase/")
    page = as_lucia.get("/albaranes/mensuales/").content.decode()
    assert Invoice.objects.get().number in page
    as_lucia.post(f"/albaranes/mensuales/{agreement.pk}/baja/")
    assert not MonthlyRecap.objects.exists()


# --- proformas


def test_a_draft_has_its_proforma_and_no_fiscal_trace(as_lucia, draft, hotel):
    hotel.language = "en"
    hotel.save()
    one = draft(price="100")
    page = as_lucia.post(f"/facturas/{one.pk}/proforma/", follow=True).content.decode()
    made = Proforma.objects.get()
    assert made.number == f"PF{made.on.year}/0001"
    assert made.number in page
    assert not Record.objects.exists()
    assert not SeriesYear.objects.filter(next_number__gt=1).exists()
    pdf = as_lucia.get(f"/proformas/{made.pk}/pdf/")
    assert pdf.content == as_lucia.get(f"/proformas/{made.pk}/pdf/").content
    for said in ("Pro forma invoice", "€121.00", figures_of("en").day(made.on)):
        assert said in text_of(pdf.content)
    assert not spanish_left(text_of(pdf.content))
    assert made.number in as_lucia.get("/proformas/").content.decode()


def test_the_paper_of_a_proforma_says_what_it_is(draft, lucia):
    from lonja.billing.paper_document import _proforma

    one = draft(price="100")
    made = make_proforma(one, list(one.lines.all()), by=lucia)
    paper, images = _proforma(made)
    assert (paper["mark"], paper["fiscal"], paper["draft"]) == ("PROFORMA", None, False)
    assert paper["kind_title"] == "Factura proforma"
    assert "fiscal_qr" not in images
    assert "payment_qr" not in images


def test_one_click_turns_it_into_the_draft_even_if_that_was_deleted(as_lucia, draft, lucia):
    one = draft(price="100")
    made = make_proforma(one, list(one.lines.all()), by=lucia)
    same = as_lucia.post(f"/proformas/{made.pk}/factura/")
    assert same.url.endswith(f"/facturas/{one.pk}/editar/")
    as_lucia.post(f"/facturas/{one.pk}/borrado/")
    as_lucia.post(f"/proformas/{made.pk}/factura/")
    again = invoice_of_proforma(made, by=lucia)
    assert Invoice.objects.get() == again
    assert again.total_cents == 12100


def test_an_issued_invoice_has_no_proforma(as_lucia, issued):
    answer = as_lucia.post(f"/facturas/{issued().pk}/proforma/")
    assert answer.status_code == 409
    assert "ya está emitida" in answer.content.decode()
