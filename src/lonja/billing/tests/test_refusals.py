"""What the program must refuse (docs/rules.md), through the door: in Spanish, keeping what was
typed, and without taking a number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lonja.billing.models import Invoice, Status
from lonja.parties.models import Party

NEW = "/facturas/nueva/?b=prueba"


def day(company, days: int) -> str:
    return f"{company.today() + timedelta(days=days):%d/%m/%Y}"


def refused(as_lucia, data: dict) -> str:
    """The page of a refusal, with what was typed."""
    answer = as_lucia.post(NEW, {**data, "accion": "emitir", "reference": "Parte 77"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Parte 77"' in html
    assert 'value="Mantenimiento preventivo"' in html
    assert not Invoice.objects.exclude(number="").exists()
    return html


def test_a_future_issue_date(as_lucia, typed, lonja):
    html = refused(as_lucia, typed(issued_on=day(lonja.company, 1), due_on=""))
    assert "La fecha de expedición no puede ser futura" in html


def test_an_operation_after_the_issue(as_lucia, typed, lonja):
    data = typed(issued_on=day(lonja.company, -2), due_on="", operation_on=day(lonja.company, -1))
    assert "no puede ser posterior a la de expedición" in refused(as_lucia, data)


def test_an_operation_of_a_line_after_the_issue(as_lucia, typed, lonja):
    line = {"unit_price": "1", "operation_on": day(lonja.company, 0)}
    html = refused(as_lucia, typed(line, issued_on=day(lonja.company, -1), due_on=""))
    assert "AEAT 1146" in html


def test_a_nif_with_a_wrong_control(as_lucia, typed, hotel):
    Party.objects.filter(pk=hotel.pk).update(nif="B12345675")
    assert "AEAT 1123/1239" in refused(as_lucia, typed())


def test_recargo_mixed_with_what_has_none(as_lucia, typed):
    rows = [{"unit_price": "1"}, {"unit_price": "1", "tax_category": "exenta_art20"}]
    html = refused(as_lucia, typed(*rows, surcharge="on"))
    assert "van en factura aparte" in html
    assert "16.4" in html


def test_a_retention_to_a_consumer(as_lucia, typed, hotel):
    Party.objects.filter(pk=hotel.pk).update(kind="consumer")
    assert "Un consumidor no practica retención" in refused(as_lucia, typed(withholding_pct="15"))


def test_a_global_discount_over_the_lines(as_lucia, typed):
    html = refused(as_lucia, typed({"unit_price": "10"}, global_discount_cents="11"))
    assert "El descuento global es mayor que el importe de las líneas" in html


def test_an_intra_eu_delivery_to_a_spanish_nif(as_lucia, typed):
    html = refused(as_lucia, typed({"unit_price": "1", "tax_category": "intracomunitaria"}))
    assert "art. 25 LIVA" in html


def test_a_service_without_vat_to_who_has_no_number_of_the_union(as_lucia, typed):
    row = {"unit_price": "1", "tax_category": "servicio_intracomunitario"}
    assert "69.Uno LIVA" in refused(as_lucia, typed(row))


@pytest.mark.parametrize("category", ["isp", "no_sujeta_localizacion"])
def test_a_simplificada_that_has_to_be_full(as_lucia, typed, category):
    data = typed({"unit_price": "1", "tax_category": category}, kind="simplified")
    html = refused(as_lucia, data)
    assert "AEAT 1197" in html or "art. 4.4" in html


def test_a_recapitulativa_after_its_deadline(as_lucia, typed, lonja):
    line = {"unit_price": "1", "operation_on": day(lonja.company, -60)}
    html = refused(as_lucia, typed(line, kind="recap"))
    assert "se podía expedir hasta el" in html
    assert "art. 13.2" in html


def test_an_issued_invoice_is_neither_deleted_nor_edited(as_lucia, issued, typed):
    one = issued()
    gone = as_lucia.post(f"/facturas/{one.pk}/borrado/")
    assert gone.status_code == 409
    assert "se corrige con una rectificativa" in gone.content.decode()
    changed = as_lucia.post(f"/facturas/{one.pk}/editar/", typed({"unit_price": "5"}))
    assert changed.url.endswith(f"/facturas/{one.pk}/")
    one.refresh_from_db()
    assert (one.status, one.total_cents) == (Status.ISSUED, 12100)


def test_a_draft_is_not_corrected(as_lucia, draft):
    answer = as_lucia.get(f"/facturas/{draft().pk}/rectificativa/")
    assert answer.status_code == 409
    assert "un borrador se edita" in answer.content.decode()
