"""Tarifas, sections, discounts with approval, deposit: through the door and against forgery."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cast import OrganisationClient, make_member

from lonja.activity.models import Notification
from lonja.billing.models import Invoice
from lonja.catalogue.actions.price_lists import (
    PriceRow,
    assign_price_list,
    save_price_list,
    set_prices,
)
from lonja.catalogue.models import PriceList, Product
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.sales.actions import (
    bill_deposit,
    create_quote,
    duplicate_quote,
    new_version,
    publish_quote,
    save_quote,
    send_quote,
)
from lonja.sales.models import Quote, QuoteApproval, QuoteSettings, QuoteStatus
from lonja.sales.snapshot import figures
from lonja.sales.tests.house import BASE, line
from lonja.sales.tests.test_editor import form
from lonja.sales.tests.test_sign import sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def split(lonja: Any) -> Product:
    return Product.objects.create(
        code="SP-35", name="Split 3,5 kW", price=Decimal(689), cost=Decimal(410)
    )


@pytest.fixture
def hotels(split: Product, mirador: Party, lucia: Any) -> PriceList:
    tarifa = save_price_list(PriceList(name="Hostelería"), by=lucia)
    rows = [PriceRow(Decimal(0), Decimal(650)), PriceRow(Decimal(10), Decimal(600))]
    set_prices(tarifa, split, rows, by=lucia)
    assign_price_list(mirador, tarifa, by=lucia)
    mirador.refresh_from_db()
    return tarifa


@pytest.fixture
def draft(lonja: Any, mirador: Party, lucia: Any) -> Quote:
    return create_quote(company=lonja.company, party=mirador, by=lucia)


def sold(split: Product, **more: Any) -> dict[str, Any]:
    return {"product": split.pk, "concept": split.name, "suggested": "*", **more}


def edit(client: Any, quote: Quote, *lines: dict[str, Any], **changes: Any) -> Any:
    quote.refresh_from_db()
    return client.post(f"/presupuestos/{quote.pk}/editar/", form(quote, *lines, **changes))


def test_a_line_takes_the_price_of_the_tarifa_for_its_volume(
    as_lucia: Any, hotels: PriceList, draft: Quote, split: Product
) -> None:
    assert draft.price_list == hotels
    edit(as_lucia, draft, sold(split, quantity="12"), price_list=hotels.pk)
    row = draft.lines.get()
    assert (row.unit_price, row.price_origin) == (600, "Tarifa Hostelería, desde 10")
    edit(as_lucia, draft, sold(split, suggested="600;0", unit_price="600", quantity="2"),
         price_list=hotels.pk)  # fmt: skip
    assert draft.lines.get().unit_price == 650


def test_a_price_changed_by_hand_is_kept(
    as_lucia: Any, hotels: PriceList, draft: Quote, split: Product
) -> None:
    changed = sold(split, suggested="650;0", unit_price="655", quantity="12")
    edit(as_lucia, draft, changed, price_list=hotels.pk)
    row = draft.lines.get()
    assert (row.unit_price, row.price_by_hand, row.tiers) == (655, True, [])
    page = as_lucia.get(f"/presupuestos/{draft.pk}/editar/").content.decode()
    assert "Precio a mano" in page and "600,00" in page


def test_the_calculation_gives_the_new_price_and_saves_nothing(
    as_lucia: Any, hotels: PriceList, draft: Quote, split: Product
) -> None:
    data = form(draft, sold(split, suggested="689;0", unit_price="689", quantity="10"),
                price_list=hotels.pk)  # fmt: skip
    answer = as_lucia.post(f"/presupuestos/{draft.pk}/calculo/", data).content.decode()
    assert 'id="id_lineas-0-unit_price"' in answer and 'value="600,00"' in answer
    assert "Tarifa Hostelería, desde 10" in answer
    assert not draft.lines.exists()


def test_a_new_quote_has_the_tarifa_of_its_client_and_an_old_one_warns(
    as_lucia: Any, hotels: PriceList, mirador: Party, lonja: Any, lucia: Any
) -> None:
    quote = create_quote(company=lonja.company, party=mirador, by=lucia)
    assert quote.price_list == hotels
    PriceList.objects.update(valid_until="2025-12-31")
    page = as_lucia.get(f"/presupuestos/{quote.pk}/editar/").content.decode()
    assert "La tarifa Hostelería caducó el 31/12/2025" in page


def test_costs_and_margins_are_only_for_those_who_may(
    as_lucia: Any, lonja: Any, hotels: PriceList, mirador: Party, split: Product
) -> None:
    ana = make_member(lonja, "Ana Gil", role="sales")
    quote = create_quote(company=lonja.company, party=mirador, by=ana)
    lines = [{**line(split.name, 2), "product": split, "untouched": True}]
    save_quote(quote, fields={}, lines=lines, edited=0, by=ana)
    url = f"/presupuestos/{quote.pk}/editar/"
    assert "coste 410,00" in as_lucia.get(url).content.decode()
    page = OrganisationClient(ana).get(url).content.decode()
    assert "Tarifa Hostelería" in page
    assert "410,00" not in page and "margen " not in page


def test_headings_of_the_editor_become_sections(as_lucia: Any, draft: Quote) -> None:
    answer = edit(
        as_lucia,
        draft,
        {"concept": "Suelto", "unit_price": "1"},
        {"is_section": "1", "concept": "Equipos", "detail": "Con garantía", "quantity": ""},
        {"concept": "Split", "unit_price": "100", "quantity": "2"},
        {"concept": "Rejilla", "unit_price": "10"},
        {"is_section": "1", "concept": ""},
        {"concept": "Suelto al final", "unit_price": "1"},
    )
    assert answer.status_code == 302
    told = [(row.section, row.concept) for row in draft.lines.all()]
    assert told == [
        *(("", "Suelto"), ("Equipos", "Split"), ("Equipos", "Rejilla"), ("", "Suelto al final"))
    ]
    page = as_lucia.get(f"/presupuestos/{draft.pk}/editar/").content.decode()
    assert page.count('data-line="section"') == 3  # two headings and the template of more
    assert "210,00" in page


def test_alternatives_and_limits_that_cannot_be_are_refused(as_lucia: Any, draft: Quote) -> None:
    alone = edit(as_lucia, draft, {"concept": "A", "unit_price": "1", "group": "Acabado"})
    assert alone.status_code == 409
    out = edit(as_lucia, draft, {"concept": "A", "quantity": "5", "max_quantity": "4"})
    assert out.status_code == 422
    assert not draft.lines.exists()


def test_a_withdrawn_product_does_not_get_into_a_quote(
    as_lucia: Any, draft: Quote, split: Product
) -> None:
    Product.objects.update(is_active=False)
    assert "ya no se ofrece" in edit(as_lucia, draft, sold(split)).content.decode()
    assert not draft.lines.exists()


# --- discounts beyond the limit
@pytest.fixture
def ana(lonja: Any) -> Any:
    QuoteSettings.objects.create(company=lonja.company, discount_limits={"sales": "10"})
    return make_member(lonja, "Ana Gil", role="sales")


@pytest.fixture
def as_ana(ana: Any) -> Any:
    return OrganisationClient(ana)


CHEAP = {
    "line discount": ([{"discount_pct": Decimal(15)}], {}),
    "global discount": ([{}], {"global_discount_pct": Decimal(15)}),
    "both, chained": ([{"discount_pct": Decimal(8)}], {"global_discount_pct": Decimal(8)}),
    "price below the tarifa": ([{"unit_price": Decimal(585)}], {}),
    "a line that takes money off": ([{}, {"negative": True}], {}),
}


def cheap(quote: Quote, split: Product, by: Any, how: str) -> Quote:
    changes, fields = CHEAP[how]
    lines = []
    for change in changes:
        if change.get("negative"):
            lines.append(line("Descuento especial", 1, -200))
        else:
            lines.append({**line(split.name, 1, 689), "product": split, **change})
    return save_quote(quote, fields=fields, lines=lines, edited=quote.edited, by=by)


@pytest.mark.parametrize("how", list(CHEAP))
def test_a_discount_beyond_the_limit_is_not_sent_however_it_is_made(
    how: str, ana: Any, draft: Quote, split: Product
) -> None:
    cheap(draft, split, ana, how)
    for action in (
        lambda: publish_quote(draft, by=ana, base_url=BASE),
        lambda: send_quote(draft, by=ana, to=["a@b.example"], base_url=BASE),
        lambda: publish_quote(draft, by=None, base_url=BASE),
    ):
        with pytest.raises(Refused) as refused:
            action()
        assert refused.value.code == "discount_limit"
        assert "Lucía" in str(refused.value)
    assert Quote.objects.get().status == QuoteStatus.DRAFT


def test_within_the_limit_it_goes_out(ana: Any, draft: Quote, split: Product) -> None:
    lines = [{**line(split.name, 1, 689), "product": split, "discount_pct": Decimal(10)}]
    save_quote(draft, fields={}, lines=lines, edited=0, by=ana)
    assert publish_quote(draft, by=ana, base_url=BASE).token


def test_approval_is_asked_given_and_covers_no_more_than_was_asked(
    as_ana: Any, as_lucia: Any, ana: Any, lucia: Any, lonja: Any, mirador: Party, split: Product
) -> None:
    quote = create_quote(company=lonja.company, party=mirador, by=ana)
    cheap(quote, split, ana, "line discount")
    page = as_ana.get(f"/presupuestos/{quote.pk}/editar/").content.decode()
    assert "Necesita aprobación de Lucía" in page
    as_ana.post(f"/presupuestos/{quote.pk}/aprobacion/", {"reason": "Cliente de siempre"})
    asked = QuoteApproval.objects.get()
    assert Notification.objects.filter(member=lucia, kind="sales.approval").count() == 1
    own = as_ana.post(f"/presupuestos/{quote.pk}/aprobacion/{asked.pk}/", {"respuesta": "aprobar"})
    assert own.status_code == 403  # nobody approves their own
    assert "Cliente de siempre" in as_lucia.get(f"/presupuestos/{quote.pk}/").content.decode()
    as_lucia.post(f"/presupuestos/{quote.pk}/aprobacion/{asked.pk}/", {"respuesta": "aprobar"})
    assert Notification.objects.filter(member=ana, text__contains="ha aprobado").exists()
    quote.refresh_from_db()
    more = [{**line(split.name, 1, 689), "product": split, "discount_pct": Decimal(20)}]
    save_quote(quote, fields={}, lines=more, edited=quote.edited, by=ana)
    with pytest.raises(Refused):
        publish_quote(quote, by=ana, base_url=BASE)
    quote.refresh_from_db()
    cheap(quote, split, ana, "line discount")
    publish_quote(quote, by=ana, base_url=BASE)
    with pytest.raises(Refused):  # another version asks again
        publish_quote(new_version(quote, by=ana), by=ana, base_url=BASE)


def test_a_denied_discount_says_why_and_stays_in_draft(
    as_ana: Any, as_lucia: Any, ana: Any, lonja: Any, mirador: Party, split: Product
) -> None:
    quote = create_quote(company=lonja.company, party=mirador, by=ana)
    cheap(quote, split, ana, "line discount")
    as_ana.post(f"/presupuestos/{quote.pk}/aprobacion/", {})
    url = f"/presupuestos/{quote.pk}/aprobacion/{QuoteApproval.objects.get().pk}/"
    as_lucia.post(url, {"respuesta": "denegar", "answer": "Demasiado"})
    assert as_lucia.post(url, {"respuesta": "aprobar"}).status_code == 409
    assert "Demasiado" in as_ana.get(f"/presupuestos/{quote.pk}/").content.decode()
    forged = as_ana.post(f"/presupuestos/{quote.pk}/publicacion/", {})
    assert forged.status_code == 409
    assert not quote.versions.exists()


# --- deposit
def test_the_deposit_is_billed_once_for_what_the_customer_read(
    lonja: Any, lucia: Any, mirador: Party
) -> None:
    quote = create_quote(company=lonja.company, party=mirador, by=lucia)
    lines = [
        line("Obra", 3, "33.33"),
        line("Libro", 1, "10.01", tax_category="iva_superreducido"),
        line("Cuota", 1, 35, unit_of_time="month"),
    ]
    fields = {"deposit_pct": Decimal(30), "global_discount_pct": Decimal(5)}
    save_quote(quote, fields=fields, lines=lines, edited=0, by=lucia)
    with pytest.raises(Refused):
        bill_deposit(quote, by=lucia, on=lonja.company.today())
    link = publish_quote(quote, by=lucia, base_url=BASE)
    sign(link)
    invoice = bill_deposit(quote, by=lucia, on=lonja.company.today())
    assert invoice == bill_deposit(quote, by=None, on=lonja.company.today())
    assert invoice is not None
    assert invoice.total_cents == int(figures(link.version.content).deposit * 100) > 0
    assert [row.tax_category for row in invoice.lines.all()] == ["iva_general", "iva_superreducido"]
    assert Invoice.objects.count() == 1


# --- walking round the limit, and copies
def test_an_optional_line_that_takes_money_off_counts_as_a_discount(ana: Any, draft: Quote) -> None:
    off = line("Si firmas hoy", 1, -800, optional=True, chosen=False)
    save_quote(draft, fields={}, lines=[line("Obra", 1, 1000), off], edited=0, by=ana)
    with pytest.raises(Refused) as refused:
        publish_quote(draft, by=ana, base_url=BASE)
    assert refused.value.code == "discount_limit"


def test_money_off_at_another_pace_counts_as_a_discount(ana: Any, draft: Quote) -> None:
    lines = [line("Cuota", 1, 100, unit_of_time="month"), line("Regalo", 1, -500)]
    save_quote(draft, fields={}, lines=lines, edited=0, by=ana)
    with pytest.raises(Refused):
        publish_quote(draft, by=ana, base_url=BASE)


def a_cheap_tarifa(split: Product, by: Any) -> PriceList:
    cheap_one = save_price_list(PriceList(name="Empleados"), by=by)
    set_prices(cheap_one, split, [PriceRow(Decimal(0), Decimal(100))], by=by)
    return cheap_one


def test_another_tarifa_than_the_clients_is_a_discount(
    ana: Any, lucia: Any, draft: Quote, split: Product, as_ana: Any
) -> None:
    tarifa = a_cheap_tarifa(split, lucia)
    edit(as_ana, draft, sold(split, quantity="1"), price_list=tarifa.pk, agent=lucia.pk)
    draft.refresh_from_db()
    assert draft.lines.get().unit_price == 100
    with pytest.raises(Refused) as refused:
        publish_quote(draft, by=ana, base_url=BASE)
    assert "85,49" in str(refused.value)  # of 689 to 100


def test_the_tarifa_of_the_client_is_no_discount(
    ana: Any, lucia: Any, mirador: Party, lonja: Any, split: Product
) -> None:
    assign_price_list(mirador, a_cheap_tarifa(split, lucia), by=lucia)
    mirador.refresh_from_db()
    quote = create_quote(company=lonja.company, party=mirador, by=ana)
    lines = [{**line(split.name, 1), "product": split, "untouched": True}]
    save_quote(quote, fields={}, lines=lines, edited=0, by=ana)
    assert publish_quote(quote, by=ana, base_url=BASE).token


@pytest.fixture
def old(lonja: Any, lucia: Any, draft: Quote, split: Product) -> Quote:
    """Two units at the price of the catalogue, and one at a price put by hand."""
    lines = [
        {**line(split.name, 2), "product": split, "untouched": True},
        {**line("Especial", 1, 650), "product": split},
    ]
    return save_quote(draft, fields={}, lines=lines, edited=0, by=lucia)


def test_a_copy_takes_the_prices_of_today_but_those_put_by_hand(
    old: Quote, split: Product, lucia: Any
) -> None:
    Product.objects.update(price=Decimal(900), cost=Decimal(500))
    usual, by_hand = duplicate_quote(old, by=lucia).lines.all()
    assert (usual.unit_price, usual.list_price, usual.unit_cost) == (900, 900, 500)
    assert (by_hand.unit_price, by_hand.list_price, by_hand.price_by_hand) == (650, 900, True)


def test_the_discount_of_a_copy_is_measured_with_the_prices_of_today(
    old: Quote, ana: Any, lucia: Any
) -> None:
    Product.objects.update(price=Decimal(900))
    copy = duplicate_quote(old, by=ana)
    with pytest.raises(Refused) as refused:
        publish_quote(copy, by=ana, base_url=BASE)
    assert "Especial" in str(refused.value)


def test_a_copy_has_no_withdrawn_product_nor_a_tarifa_that_is_over(
    old: Quote, split: Product, lucia: Any
) -> None:
    over = a_cheap_tarifa(split, lucia)
    PriceList.objects.filter(pk=over.pk).update(valid_until="2025-12-31")
    Quote.objects.update(price_list=over)
    Product.objects.update(is_active=False)
    copy = duplicate_quote(Quote.objects.get(), by=lucia)
    assert copy.price_list is None
    assert [(row.product, row.unit_price) for row in copy.lines.all()] == [(None, 689), (None, 650)]
