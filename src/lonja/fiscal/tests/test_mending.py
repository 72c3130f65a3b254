"""Subsanación and anulación: a new record mends what the agency did not take."""

from __future__ import annotations

import pytest
from django.db import connection

from lonja.billing.actions.void import void_invoice
from lonja.billing.models import Entry, Invoice, MonthlySales
from lonja.billing.verify import check_billing
from lonja.config.verification import verify
from lonja.fiscal.actions.mending import amend, void_again
from lonja.fiscal.models import Record
from lonja.fiscal.tests.conftest import drain
from lonja.fiscal.verifactu.agency import Mode
from lonja.kit.errors import Refused

pytestmark = pytest.mark.usefixtures("certificate")
WHY = "Se emitió dos veces por error"


def last() -> Record:
    return Record.objects.order_by("-position")[0]


def test_a_rejected_record_is_amended_with_previous_rejection(agency, issued, lucia):
    one = issued()
    agency.then(Mode("reject", "1110", every=1))
    drain()
    assert last().state == "rejected"
    made = amend(one, {"recipient": "HOTEL MIRADOR BAHIA SL"}, by=lucia)
    assert "<Subsanacion>S</Subsanacion><RechazoPrevio>X</RechazoPrevio>" in made.xml
    assert "HOTEL MIRADOR BAHIA SL" in made.xml
    drain()
    assert last().state == "accepted"
    assert Record.objects.get(position=1).mended_by_id == made.pk


def test_one_accepted_with_errors_is_amended_without_it(agency, issued, lucia, hotel):
    agency.unknown_nifs.add(hotel.nif)
    one = issued()
    drain()
    assert last().error_code == "2001"
    agency.unknown_nifs.clear()
    made = amend(one, {}, by=lucia)
    assert "<Subsanacion>S</Subsanacion><TipoFactura>" in made.xml
    drain()
    assert last().state == "accepted"


def test_an_amendment_rejected_is_amended_again(agency, issued, lucia):
    one = issued()
    drain()
    amend(one, {"description": "Otra"}, by=lucia)
    agency.then(Mode("reject", "1100", every=1))
    drain()
    made = amend(one, {"description": "Otra descripción"}, by=lucia)
    assert "<RechazoPrevio>S</RechazoPrevio>" in made.xml
    drain()
    assert last().state == "accepted"


def test_what_waits_for_its_answer_is_not_amended(issued, lucia):
    one = issued()
    with pytest.raises(Refused, match="aún no tiene respuesta"):
        amend(one, {}, by=lucia)


def test_an_invoice_that_should_not_have_been_is_voided(agency, issued, lucia, lonja):
    one, other = issued(), issued("50")
    drain()
    void_invoice(one, reason=WHY, by=lucia)
    drain()
    one.refresh_from_db()
    assert (one.status, one.outstanding_cents) == ("void", 0)
    assert sum(Entry.objects.filter(invoice=one).values_list("amount_cents", flat=True)) == 0
    assert MonthlySales.objects.get().total_cents == other.total_cents
    assert [kept.state for kept in agency.kept.values()] == ["Anulada", "Correcta"]
    assert last().operation == "anulacion"
    assert list(check_billing(lonja)) == []
    connection.check_constraints()
    assert verify(lonja.slug, files=False).problems == []


def test_voiding_is_guarded(issued, draft, lucia, lonja):
    from lonja.billing.actions.settle import register_payment

    one = issued()
    for invoice, reason, said in (
        (one, "corto", "Explica"),
        (draft(), WHY, "Un borrador no se anula"),
    ):
        with pytest.raises(Refused, match=said):
            void_invoice(invoice, reason=reason, by=lucia)
    register_payment(one, amount=100, on=lonja.company.today(), method="cash", by=lucia)
    with pytest.raises(Refused, match="cobros"):
        void_invoice(one, reason=WHY, by=lucia)
    assert Invoice.objects.get(pk=one.pk).status == "issued"


def test_one_that_the_agency_never_took_is_voided_as_unknown(agency, issued, lucia):
    one = issued()
    agency.then(Mode("reject", "1110", every=1))
    drain()
    void_invoice(one, reason=WHY, by=lucia)
    assert "<SinRegistroPrevio>S</SinRegistroPrevio>" in last().xml
    drain()
    assert last().state == "accepted"


def test_a_rejected_annulment_is_repeated(agency, issued, lucia):
    one = issued()
    drain()
    void_invoice(one, reason=WHY, by=lucia)
    agency.then(Mode("reject", "1100", every=1))
    drain()
    assert last().state == "rejected"
    again = void_again(one, by=lucia)
    assert "<RechazoPrevio>S</RechazoPrevio>" in again.xml
    drain()
    assert last().state == "accepted"
