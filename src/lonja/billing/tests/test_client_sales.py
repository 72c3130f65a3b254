"""«Ventas» of a client: what was billed, what corrects it, and the balance used in each."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lonja.billing.actions.credits import apply_credit
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import (
    BillingSettings,
    Credit,
    Invoice,
    InvoiceReference,
    ReferenceRole,
    Refund,
)
from lonja.billing.verify import check_billing
from lonja.parties.models import Party


@pytest.fixture
def corrected(draft, issued, lucia):
    """Make an invoice and a rectificativa of part of it."""

    def make(price="100", back="-40", correction="I", **more):
        one = issued(price)
        row = draft(
            back, kind="r1", correction=correction, correction_reason="Error en el precio", **more
        )
        Invoice.objects.filter(pk=row.pk).update(series=None)
        InvoiceReference.objects.create(
            invoice=row,
            role=ReferenceRole.CORRECTS,
            target=one,
            number=one.number,
            issued_on=one.issued_on,
            legal="F1",
        )
        row.refresh_from_db()
        return one, issue_invoice(row, by=lucia)

    return make


def tab(client, party, query=""):
    return client.htmx(f"/facturas/clientes/{party.pk}/ventas/{query}").content.decode()


def test_each_section_says_the_balance_used(as_lucia, corrected, hotel, lucia):
    one, back = corrected()
    apply_credit(Credit.objects.get(invoice=back), one, amount=1000, by=lucia)
    html = tab(as_lucia, hotel)
    facturas, rectificativas = html.split('id="ventas-rectificativas"')
    assert "Saldo utilizado en" in facturas
    assert "10,00 €" in facturas.replace("\xa0", " ")
    for said in ("Error en el precio", one.number, "38,40", "−48,40"):
        assert said in rectificativas
    assert back.number not in facturas.split("<tbody>")[1].split("</tbody>")[0]


def test_the_section_is_called_as_the_company_wants(as_lucia, hotel, lonja):
    assert "Facturas rectificativas" in tab(as_lucia, hotel)
    BillingSettings.objects.create(company=lonja.company, correctives_name="notas")
    html = tab(as_lucia, hotel)
    assert "Notas de crédito" in html
    assert "Sin rectificativas" in html


def test_a_click_on_the_figure_tells_which_when_and_who(as_lucia, corrected, lucia):
    one, back = corrected()
    apply_credit(Credit.objects.get(invoice=back), one, amount=1000, by=lucia)
    source = as_lucia.get(f"/facturas/{one.pk}/saldo/").content.decode()
    assert back.number in source
    assert "Lucía Ferrer" in source
    target = as_lucia.get(f"/facturas/{back.pk}/saldo/").content.decode()
    assert one.number in target
    assert "Deshacer" in target


def test_filters_order_and_totals_follow_the_address(as_lucia, draft, issued, hotel, lucia):
    today = hotel.client_since or draft().company.today()
    paid, small, big = issued("50"), issued("10"), issued("900")
    register_payment(paid, amount=6050, on=paid.issued_on, method="cash", by=lucia)
    old = draft("5")
    day = today - timedelta(days=90)
    Invoice.objects.filter(pk=old.pk).update(issued_on=day, due_on=day)
    old = issue_invoice(old, by=lucia, on=day)
    assert paid.number not in tab(as_lucia, hotel, "?ver=pendientes")
    late = tab(as_lucia, hotel, "?ver=vencidas")
    assert old.number in late
    assert big.number not in late
    assert "6,05" in late.split("<tfoot>")[1]
    html = tab(as_lucia, hotel, "?orden=-total")
    assert html.index(big.number) < html.index(small.number)
    html = tab(as_lucia, hotel, "?orden=total")
    assert html.index(small.number) < html.index(big.number)
    assert "Ninguna factura coincide" in tab(as_lucia, hotel, "?ejercicio=1999")


def test_the_page_of_the_client_keeps_the_filter_when_reloaded(as_lucia, issued, hotel):
    one = issued()
    html = as_lucia.get(f"/clientes/{hotel.pk}/?tab=ventas&ver=vencidas").content.decode()
    assert one.number not in html
    assert "Ninguna factura coincide" in html


def test_the_spreadsheet_has_the_columns_of_the_screen(as_lucia, corrected, hotel):
    one, back = corrected()
    url = f"/facturas/clientes/{hotel.pk}/ventas/?exportar=xlsx"
    for query, number, column in (
        ("", one.number, "Pendiente"),
        ("&seccion=rectificativas", back.number, "Saldo disponible"),
    ):
        book = CalamineWorkbook.from_filelike(io.BytesIO(as_lucia.get(url + query).content))
        heads, row = book.get_sheet_by_index(0).to_python()[:2]
        assert heads[-2:] == ["Saldo utilizado", column]
        assert row[0] == number


def test_the_tab_asks_a_constant_number_of_queries(
    as_lucia, corrected, hotel, lucia, django_assert_max_num_queries
):
    one, back = corrected()
    apply_credit(Credit.objects.get(invoice=back), one, amount=100, by=lucia)
    with django_assert_max_num_queries(26) as few:
        assert one.number in tab(as_lucia, hotel)
    for _n in range(6):
        one, back = corrected()
        apply_credit(Credit.objects.get(invoice=back), one, amount=100, by=lucia)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert one.number in tab(as_lucia, hotel)


def test_a_substitution_leaves_only_the_difference(corrected, lucia, lonja):
    more = {
        "corrected_base_cents": 10000,
        "corrected_tax_cents": 2100,
        "corrected_surcharge_cents": 0,
    }
    one, back = corrected("100", "60", "S", **more)
    assert back.payable_cents == 7260
    assert back.charged_cents == 7260 - 12100
    assert Credit.objects.get(invoice=back).amount_cents == 4840
    apply_credit(Credit.objects.get(invoice=back), one, amount=4840, by=lucia)
    assert list(check_billing(lonja)) == []


# --- doing it in the browser --------------------------------------------------------------------


def post(client, url, **data):
    return client.post(url, data)


def test_apply_balance_from_the_invoice(as_lucia, corrected, issued):
    _one, back = corrected()
    credit, target = Credit.objects.get(invoice=back), issued("10")
    drawer = as_lucia.get(f"/facturas/{target.pk}/saldo/aplicar/").content.decode()
    assert 'value="12,10"' in drawer
    url = f"/facturas/{target.pk}/saldo/aplicar/"
    answer = post(as_lucia, url, on="hoy", **{f"r{credit.pk}": "12,11"})
    assert answer.status_code == 409
    assert "12,11" in answer.content.decode()
    assert post(as_lucia, url, on="hoy", **{f"r{credit.pk}": "12,10"}).status_code == 303
    target.refresh_from_db()
    assert (target.outstanding_cents, target.credit_used_cents) == (0, 1210)


def test_apply_a_rectificativa_to_several_and_give_back_the_rest(as_lucia, corrected, issued):
    _one, back = corrected()
    credit, first, second = Credit.objects.get(invoice=back), issued("10"), issued("20")
    url = f"/saldos/{credit.pk}/aplicar/"
    data = {f"r{first.pk}": "12,10", f"r{second.pk}": "20"}
    assert post(as_lucia, url, on="hoy", **data).status_code == 303
    back.refresh_from_db()
    assert back.credit_used_cents == 3210
    refund = {"amount": "16,30", "on": "hoy", "method": "transfer", "note": ""}
    assert post(as_lucia, f"/saldos/{credit.pk}/devolver/", **refund).status_code == 303
    credit.refresh_from_db()
    assert credit.remaining_cents == 0
    assert post(as_lucia, f"/saldos/{credit.pk}/devolver/", **refund).status_code == 409
    undo = f"/saldos/devoluciones/{Refund.objects.get().pk}/anulacion/"
    assert as_lucia.post(undo).status_code == 303
    credit.refresh_from_db()
    assert credit.remaining_cents == 1630


def test_marcos_sees_the_figures_of_his_clients_and_touches_nothing(
    as_marcos, marcos, corrected, hotel
):
    hotel.agent = marcos
    hotel.save()
    one, back = corrected()
    credit = Credit.objects.get(invoice=back)
    assert "Saldo utilizado" in tab(as_marcos, hotel)
    assert as_marcos.get(f"/facturas/{back.pk}/saldo/").status_code == 200
    for url in (f"/saldos/{credit.pk}/aplicar/", f"/facturas/{one.pk}/saldo/aplicar/"):
        assert as_marcos.get(url).status_code == 403
        assert as_marcos.post(url, {}).status_code == 403


def client_called(name, **more):
    where = {"address": "C/ Mayor, 1", "postcode": "46001", "city": "València"}
    return Party.objects.create(name=name, nif="B12345674", **where, **more)


def named(client, query):
    html = client.get(f"/clientes/?{query}").content.decode()
    return [name for name in ("Deudora", "Hotel Mirador", "Sin nada") if name in html]


def test_clients_are_found_by_what_they_owe_and_by_their_balance(
    as_lucia, corrected, issued, hotel, lucia
):
    issued(party=client_called("Deudora"))
    paid = issued(party=client_called("Sin nada"))
    register_payment(paid, amount=12100, on=paid.issued_on, method="transfer", by=lucia)
    one, _back = corrected()
    assert named(as_lucia, "con-deuda=1") == ["Deudora", "Hotel Mirador"]
    assert named(as_lucia, "con-saldo=1") == ["Hotel Mirador"]
    due = one.outstanding_cents
    register_payment(one, amount=due, on=one.issued_on, method="transfer", by=lucia)
    assert named(as_lucia, "con-deuda=1") == ["Deudora"]
    assert named(as_lucia, "con-deuda=1&con-saldo=1") == []


def test_what_a_merged_client_owes_is_of_the_one_that_was_kept(as_lucia, issued, hotel):
    merged = client_called("Otro")
    issued(party=merged)
    assert named(as_lucia, "con-deuda=1") == []
    Party.objects.filter(pk=merged.pk).update(merged_into=hotel, archived_at=timezone.now())
    assert named(as_lucia, "con-deuda=1") == ["Hotel Mirador"]


def test_marcos_finds_only_what_his_clients_owe(as_marcos, marcos, issued, hotel):
    his = client_called("Deudora", agent=marcos)
    issued(agent=marcos, party=his)
    issued(party=hotel)
    assert named(as_marcos, "con-deuda=1") == ["Deudora"]
    assert "con-saldo" not in as_marcos.get("/clientes/").content.decode()  # payments: not his
