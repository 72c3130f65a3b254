"""The PDF of sections, alternatives, limits, deposit, and of what only repeats."""

from __future__ import annotations

import io
import os
import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from lonja.documents.figures import figures_of
from lonja.documents.tests.spanish import spanish_left
from lonja.sales import paper
from lonja.sales.snapshot import take
from lonja.sales.tests.house import line, make_quote

pytestmark = pytest.mark.django_db

RICH = [
    line("Split inverter 3,5 kW A+++", 4, 689, unit="ud.", section="Equipos",
         section_detail="Con garantía de tres años", min_quantity=Decimal(2),
         max_quantity=Decimal(6)),
    line("Termostato blanco", 4, 40, section="Equipos", group="Termostato"),
    line("Termostato con wifi", 4, 95, section="Equipos", group="Termostato", chosen=False),
    line("Montaje", 4, 180, detail="2 jornadas", section="Instalación", discount_pct=Decimal(5)),
    line("Rejillas de diseño", 1, 120, section="Instalación", optional=True, chosen=False),
    line("Mantenimiento", 1, 35, unit_of_time="month", optional=True, chosen=False),
]  # fmt: skip


def words(quote: Any) -> str:
    pdf = paper.draft_pdf(take(quote, list(quote.lines.all())), at=timezone.now())
    if folder := os.environ.get("LONJA_LOOK"):  # to look at it
        with open(f"{folder}/{quote.number.replace('/', '-')}.pdf", "wb") as file:
            file.write(pdf)
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_sections_have_their_subtotal_and_alternatives_their_heading(
    lonja: Any, mirador: Any, lucia: Any
) -> None:
    quote = make_quote(lonja.company, mirador, lucia, RICH, deposit_pct=Decimal(30))
    text = words(quote)
    for said in ("Equipos Con garantía de tres años", "Termostato: elige una",
                 "Puedes pedir entre 2 y 6", "Subtotal 2.916,00 €", "Subtotal 684,00 €",
                 "Alternativa, no sumada", "Alternativa incluida",
                 "Anticipo al aceptar (30 %): 1.306,80 €",
                 "4.356,00 €"):  # fmt: skip
        assert said in text


def test_who_reads_english_gets_it_in_english(lonja: Any, mirador: Any, lucia: Any) -> None:
    mirador.language, mirador.country, mirador.id_type = "en", "GB", "02"
    mirador.save()
    quote = make_quote(lonja.company, mirador, lucia, RICH, deposit_pct=Decimal(30))
    text = words(quote)
    for said in ("Hello, Carmen. Here is your quote.", "Quote", "DRAFT", figures_of("en").day(
                     quote.valid_until), "Termostato: choose one", "between 2 and 6",
                 "€2,916.00", "5%", "VAT 21%", "€4,356.00", "(30%): €1,306.80", "€42.35 a month",
                 "Terms and conditions", "Page 1 of", "VAT no. B12345674", "United Kingdom",
                 "4 units"):  # fmt: skip
        assert said in text
    assert not spanish_left(text)
    assert not re.search(r",\d\d €", text)


def test_only_recurring_lines_print_no_empty_table(lonja: Any, mirador: Any, lucia: Any) -> None:
    lines = [line("Mantenimiento", 1, 35, unit_of_time="month")]
    text = words(make_quote(lonja.company, mirador, lucia, lines))
    assert text.count("Concepto") == 1
    assert "42,35 € al mes" in text
    assert "Total, IVA incluido" not in text


@pytest.mark.parametrize(
    ("category", "name"), [("igic_general", "IGIC"), ("ipsi_4", "IPSI"), ("iva_general", "IVA")]
)
def test_the_total_names_the_tax_of_where_the_company_is(
    lonja: Any, mirador: Any, lucia: Any, category: str, name: str
) -> None:
    lines = [
        line("Split inverter", 1, 689, tax_category=category),
        line("Mantenimiento", 1, 35, unit_of_time="month", tax_category=category),
    ]
    text = words(make_quote(lonja.company, mirador, lucia, lines))
    assert f"Total, {name} incluido" in text
    assert f"Cuota, {name} incluido" in text
    assert set(re.findall(r"\b(?:IVA|IGIC|IPSI)\b", text)) == {name}  # heads of columns too
