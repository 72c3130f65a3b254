"""The list of invoices, its actions in bulk, the palette, and the parts shown on other pages."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest

from lonja.billing import list_filters
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import Invoice, Status
from lonja.jobs.models import Job


def listed(client, query=""):
    return client.get(f"/facturas/{query}").content.decode()


def late(invoice, days=10):
    """A draft that fell due: dates are frozen once issued."""
    today = invoice.company.today()
    Invoice.objects.filter(pk=invoice.pk).update(
        issued_on=today - timedelta(days=days + 30), due_on=today - timedelta(days=days)
    )


def test_tabs_hold_what_they_say(as_lucia, draft, issued, lucia):
    from lonja.billing.actions.issue import issue_invoice

    waiting = draft()
    paid, open_one = issued("1"), issued("2")
    register_payment(paid, amount=121, on=paid.issued_on, method="cash", by=lucia)
    old = draft("3")
    late(old)
    old = issue_invoice(old, by=lucia, on=Invoice.objects.get(pk=old.pk).issued_on)
    numbers = {paid.number, open_one.number, old.number}

    def shown(tab):
        html = listed(as_lucia, f"?vista={tab}")
        return {number for number in numbers if f">{number}<" in html}

    assert shown("") == numbers
    assert shown("pendientes") == {open_one.number, old.number}
    assert shown("vencidas") == {old.number}
    assert shown("no-enviadas") == numbers
    assert f"/facturas/{waiting.pk}/editar/" in listed(as_lucia, "?vista=borradores")


def test_search_finds_by_number_client_reference_and_amount(as_lucia, issued):
    one, two = issued("1160", reference="Parte 331"), issued("5")
    for asked in (one.number, "parte 331", "1.403,60"):
        html = listed(as_lucia, f"?q={asked}")
        assert f">{one.number}<" in html
        assert f">{two.number}<" not in html
    assert f">{two.number}<" in listed(as_lucia, "?q=MIRADOR")


@pytest.mark.parametrize("few", [1, 2, 1000])
def test_totals_between_two_amounts_are_the_same_when_they_are_few_and_many(
    as_lucia, issued, monkeypatch, few
):
    ends = list(list_filters._by_total)
    monkeypatch.setattr(list_filters, "COUNT_CAP", few)
    monkeypatch.setattr(
        list_filters, "_by_total", {one: list_filters._totals(*one) for one in ends}
    )
    rows = [issued(price) for price in ("100", "200", "300")]  # 121, 242 and 363 euros

    def found(query):
        html = listed(as_lucia, f"?{query}")
        return [n for n, row in enumerate(rows, 1) if f">{row.number}<" in html]

    assert found("importe_min=121") == [1, 2, 3]
    assert found("importe_min=121,01") == [2, 3]
    assert found("importe_max=242") == [1, 2]
    assert found("importe_min=121,01&importe_max=362,99") == [2]
    assert found("importe_min=1000") == []
    assert found("q=242,00") == [2]


def test_what_is_searched_comes_in_the_order_of_the_list_and_as_it_is_now(
    as_lucia, as_marcos, marcos, draft, issued
):
    """PostgreSQL keeps the day beside the text it searches; what narrows the list still counts."""
    today = issued("7").issued_on
    early, late_one, other = draft("1"), draft("2"), draft("3", agent=marcos)
    Invoice.objects.filter(pk=early.pk).update(issued_on=today - timedelta(days=40))
    Invoice.objects.filter(pk=other.pk).update(issued_on=today - timedelta(days=9))
    Invoice.objects.filter(pk=late_one.pk).update(issued_on=today - timedelta(days=3))

    def found(client, query):
        ids = re.findall(r'id="fila-(\d+)"', listed(client, f"?q=mirador&{query}"))
        return [int(pk) for pk in ids]

    def palette(client):
        return client.get("/buscar/?q=mirador").content.decode()

    drafts = [late_one.pk, other.pk, early.pk]
    assert found(as_lucia, "")[1:] == drafts
    assert found(as_lucia, "vista=borradores") == drafts
    assert found(as_lucia, "orden=issued_on")[:3] == drafts[::-1]
    assert found(as_marcos, "") == [other.pk]
    assert re.findall(r"/facturas/(\d+)/", palette(as_marcos)) == [str(other.pk)]
    shown = [int(pk) for pk in re.findall(r"/facturas/(\d+)/", palette(as_lucia))]
    assert shown[1:] == drafts[: len(shown) - 1] != []


def test_a_filter_that_is_not_used_offers_who_there_is_now_and_keeps_what_was_typed(
    as_lucia, as_nuria, lucia, issued, hotel
):
    """Filters are written once for all that they show, and again when any of it changes."""
    issued()
    assert "Hotel Mirador" in listed(as_lucia)
    hotel.trade_name = "Hostal Bellavista"
    hotel.save()
    assert "Hostal Bellavista" in listed(as_lucia)
    assert "Bellavista" not in listed(as_nuria)
    assert 'value="31/2/2026"' in listed(as_lucia, "?fecha_desde=31/2/2026")
    assert 'value="31/2/2026"' not in listed(as_lucia)
    lucia.user.language = "en"
    lucia.user.save()
    assert '<summary class="chip">Customer<' in listed(as_lucia)


def test_the_palette_finds_an_amount(as_lucia, issued):
    one, two = issued("1160"), issued("5")
    found = as_lucia.htmx("/buscar/?q=f:1.403,60").content.decode()
    assert one.number in found
    assert two.number not in found
    assert two.number in as_lucia.htmx("/buscar/?q=f:mirador").content.decode()


def test_the_list_asks_a_constant_number_of_queries(
    as_lucia, issued, django_assert_max_num_queries
):
    for _n in range(3):
        issued()
    with django_assert_max_num_queries(29) as few:
        listed(as_lucia)
    for _n in range(12):
        issued()
    with django_assert_max_num_queries(len(few.captured_queries)):
        listed(as_lucia)


def test_the_export_has_state_sending_and_record(as_lucia, issued):
    one = issued()
    csv = as_lucia.get("/facturas/?exportar=csv").content.decode("utf-8-sig")
    assert one.number in csv
    assert "Emitida" in csv
    assert ",Pendiente" in csv or ";Pendiente" in csv


def start(client, action, *invoices, **more):
    ids = [invoice.pk for invoice in invoices]
    return client.post("/facturas/acciones/", {"accion": action, "id": ids, **more})


@pytest.fixture
def work(lonja):
    """Run the job that was started, as a worker does."""

    def run():
        from lonja.accounts.scope import scope
        from lonja.billing import jobs
        from lonja.jobs import queue

        job = Job.objects.latest("pk")
        token = queue._running.set(job.pk)
        try:
            with scope(lonja):
                result = jobs.bulk.func(**job.args)
                Job.objects.filter(pk=job.pk).update(result=result)
        finally:
            queue._running.reset(token)
        Job.objects.filter(pk=job.pk).update(status="done")
        return Job.objects.get(pk=job.pk)

    return run


def test_issuing_many_tells_what_happened_to_each(as_lucia, draft, hotel, work):
    from lonja.parties.models import Party

    nameless = Party.objects.create(name="Sin NIF", address="C/ Alta, 1", city="Calp")
    good, bad = [draft(), draft()], draft(party=nameless)
    answer = start(as_lucia, "emitir", *good, bad)
    job = work()
    assert answer.url.endswith(f"/facturas/trabajos/{job.pk}/")
    assert job.result["done"] == 2
    page = as_lucia.get(f"/facturas/trabajos/{job.pk}/").content.decode()
    assert "Falta el NIF de Sin NIF" in page
    assert Invoice.objects.filter(status=Status.ISSUED).count() == 2


def test_a_job_that_runs_twice_does_it_once(as_lucia, issued, work):
    one = issued()
    start(as_lucia, "cobrar", one, confirmado="1", on="hoy", method="cash")
    work()
    assert work().result == {"done": 1, "refused": [], "what": "settle"}
    assert Invoice.objects.get(pk=one.pk).outstanding_cents == 0


def test_many_pdfs_come_in_a_zip(as_lucia, issued, work):
    one, two = issued(), issued()
    start(as_lucia, "pdf", one, two)
    job = work()
    content = as_lucia.get(f"/facturas/trabajos/{job.pk}/fichero/").content
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names == [f"Factura F{one.year}-000{n}.pdf" for n in (1, 2)]


def test_a_job_of_somebody_else_is_not_found(as_lucia, lonja, issued, work):
    from tests.cast import OrganisationClient, make_member

    start(as_lucia, "pdf", issued())
    job = work()
    other = OrganisationClient(make_member(lonja, "Rosa Gil", "office"))
    assert other.get(f"/facturas/trabajos/{job.pk}/").status_code == 404


def test_the_sales_tab_of_a_client_adds_up(as_lucia, issued, hotel, lucia):
    one = issued("100")
    issued("200")
    register_payment(one, amount=12100, on=one.issued_on, method="cash", by=lucia)
    html = as_lucia.htmx(f"/facturas/clientes/{hotel.pk}/ventas/").content.decode()
    assert "363,00\u00a0€" in html
    assert "242,00\u00a0€" in html
    open_only = as_lucia.htmx(f"/facturas/clientes/{hotel.pk}/ventas/?ver=pendientes")
    assert one.number not in open_only.content.decode()
    page = as_lucia.get(f"/clientes/{hotel.pk}/?tab=ventas").content.decode()
    assert one.number in page
    assert "Facturado 12 meses" in page


def test_home_cards_tell_sales_and_debt(as_lucia, issued):
    issued("1000")
    assert "1.000,00" in as_lucia.htmx("/facturas/inicio/ventas/").content.decode()
    debt = as_lucia.htmx("/facturas/inicio/pendiente/").content.decode()
    assert "1.210,00" in debt
    assert "1 factura" in debt
    assert "Al corriente" in as_lucia.htmx("/facturas/inicio/vencidas/").content.decode()


def test_an_overdue_debt_shows_its_age(as_lucia, draft, lucia):
    from lonja.billing.actions.issue import issue_invoice

    old = draft("100")
    late(old, days=38)
    issue_invoice(old, by=lucia, on=Invoice.objects.get(pk=old.pk).issued_on)
    html = as_lucia.htmx("/facturas/inicio/vencidas/").content.decode()
    assert "hace 38 días" in html
    assert "31–60" in html
    assert "121,00\u00a0€ vencido" in as_lucia.htmx("/facturas/inicio/pendiente/").content.decode()
