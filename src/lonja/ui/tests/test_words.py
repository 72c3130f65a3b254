from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template

from lonja.ui import brand, cells, charts, fields, formats
from lonja.ui import forms as ui_forms

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (140360, "1.403,60\u00a0€"),
        (Decimal("1403.6"), "1.403,60\u00a0€"),
        (-18150, "\u2212181,50\u00a0€"),
        (0, "0,00\u00a0€"),
        (None, ""),
    ],
)
def test_money_is_written_as_in_spain(value, text):
    assert formats.money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (TODAY, "Hoy"),
        (date(2026, 11, 20), "Ayer"),
        (date(2026, 11, 23), "Lun. 23/11"),
        (date(2026, 12, 21), "21/12/2026"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "Hoy 10:30"),
    ],
)
def test_near_days_have_names(value, text):
    assert formats.near_date(value, TODAY) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (40, "40 s"),
        (2280, "38 min"),
        (4320, "1 h 12 min"),
        (7500, "2 h 05 min"),
        (300000, "3 días"),
    ],
)
def test_lengths_of_time_are_short(seconds, text):
    assert formats.duration(timedelta(seconds=seconds)) == text


def test_initials_take_the_words_that_matter():
    assert formats.initials("Hotel Mirador de la Bahía, S.L.") == "HM"
    assert formats.initials("marta@ejemplo.es") == "ME"
    assert formats.initials("") == "?"


def test_what_a_customer_is_called_cannot_be_html():
    assert "<script" not in cells.person("<script>alert(1)</script>")
    assert "<b>" not in cells.badge("<b>x</b>", "ok")
    assert "<i>" not in cells.share_bar([(1, "c1")], "<i>")


def test_the_sla_says_it_without_colour():
    assert "<svg" in cells.badge("Si cumple", "ok")
    assert "<svg" in cells.badge("No cumple", "bad")


def test_icons_are_drawn_and_hidden_from_readers():
    drawing = cells.icon("send")
    assert 'aria-hidden="true"' in drawing
    assert "<path" in drawing


def test_a_pale_brand_is_darkened_until_white_can_be_read():
    assert brand.contrast_with_white("#ffe066") < 4.5
    # Also as a link on the paper of the pages, which is not white.
    paper = brand.contrast_with_white(brand.PAPER)
    assert brand.contrast_with_white(brand.readable("#ffe066")) / paper >= 4.5
    assert brand.readable("#0e6f78") == "#0e6f78"
    assert brand.readable("</style>") == brand.readable(brand.FALLBACK)


def test_the_table_beside_a_chart_says_the_exact_money():
    data = charts.bars(["nov."], [("Facturado", [4120000])])
    assert data["rows"] == [{"label": "nov.", "cells": ["41.200,00\u00a0€"]}]
    assert data["series"][0]["values"] == [41200.0]


class Sheet(forms.Form):
    price = ui_forms.MoneyField(label="Precio", least=0)
    day = ui_forms.SpanishDateField(label="Fecha")
    nif = ui_forms.NifField(label="NIF", required=False)
    iban = ui_forms.IbanField(label="IBAN", required=False)
    color = ui_forms.ColorField(label="Color", required=False)


def test_what_spaniards_type_becomes_cents_and_days():
    form = Sheet({"price": "3*38", "day": "21/11/2026", "nif": "b-12345674", "color": "#0E7C86"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["price"] == 11400
    assert form.cleaned_data["day"] == TODAY
    assert form.cleaned_data["nif"] == "B12345674"
    assert form.cleaned_data["color"] == "#0e7c86"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("price", "1,234.56"),
        ("price", "-5"),
        ("price", "1e5"),
        ("day", "31/02/2026"),
        ("nif", "B12345675"),
        ("iban", "ES00 0000"),
        ("color", "red"),
    ],
)
def test_what_is_not_understood_is_an_error_of_its_field(name, typed):
    data = {"price": "1", "day": "hoy", name: typed}
    assert list(Sheet(data).errors) == [name]


def test_cents_come_back_as_they_are_written():
    assert 'value="1.403,60"' in str(Sheet(initial={"price": 140360})["price"])


def test_a_field_with_an_error_is_tied_to_it():
    form = Sheet({"price": "", "day": "31/02/2026"})
    html = fields.render(form["day"])
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_day-error"' in html
    assert 'id="id_day-error"' in html


def test_the_summary_links_to_each_field_with_the_same_words():
    form = Sheet({"price": "", "day": "31/02/2026"})
    html = Template("{% load ui %}{% error_summary form %}{% field form.price %}").render(
        Context({"form": form})
    )
    assert 'href="#id_price"' in html
    assert html.count("Falta «Precio».") == 2
    assert 'role="alert"' in html
    assert "(opcional)" in Template("{% load ui %}{% field form.nif %}").render(
        Context({"form": form})
    )


def test_a_form_without_errors_has_no_summary():
    html = Template("{% load ui %}{% error_summary form %}").render(Context({"form": Sheet()}))
    assert html == ""
