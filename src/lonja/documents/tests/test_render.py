"""The renderer's promises that are not about one document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lonja.documents import render
from lonja.documents.glyphs import printable
from lonja.documents.pool import Job, render_many
from lonja.documents.render import INVOICE, render_pdf
from lonja.documents.tests.samples import WHEN, codes, invoice, pages, picture
from lonja.kit.errors import Refused


def test_an_image_that_is_not_one_is_refused_in_words():
    with pytest.raises(Refused) as refused:
        render_pdf(INVOICE, invoice(), images={"logo": b"no soy un logo"}, timestamp=WHEN)
    assert refused.value.code == "document_failed"


def test_a_broken_drawing_is_refused_in_words():
    images = {**codes(), "logo": b"<svg><rect></svg>"}
    with pytest.raises(Refused, match="documento"):
        render_pdf(INVOICE, invoice(), images=images, timestamp=WHEN)


def test_a_document_that_cannot_be_an_archive_file_is_made_anyway(monkeypatch):
    # An unassigned character that slips through the cleaning: no font has it.
    monkeypatch.setattr(render, "printable_tree", lambda value: value)
    pdf = render_pdf(INVOICE, invoice(message="漢字"), images=codes(), timestamp=WHEN)
    assert "F2026/0413" in pages(pdf)[0]
    assert b"pdfaid" not in pdf


@pytest.mark.parametrize("path", ["../secreto.txt", "/../secreto.txt", "/etc/passwd"])
def test_a_template_cannot_read_outside_the_house(tmp_path, monkeypatch, path):
    house = tmp_path / "casa"
    house.mkdir()
    (tmp_path / "secreto.txt").write_text("x")
    (house / "malo.typ").write_text(f'#read("{path}")')
    monkeypatch.setattr(render, "ROOT", house)
    with pytest.raises(Refused):
        render_pdf(house / "malo.typ", {}, timestamp=WHEN)


def test_line_ends_survive_and_tabs_become_spaces():
    assert printable("uno\r\ndos\ttres\u2028cuatro") == "uno\ndos tres\ncuatro"


def test_characters_of_private_use_do_not_cost_the_archive():
    pasted = "\uf0b7 Un punto \ue000 y \uf8ff otro"
    assert printable(pasted) == "• Un punto □ y □ otro"
    pdf = render_pdf(INVOICE, invoice(message=pasted), images=codes(), timestamp=WHEN)
    assert b"pdfaid:part" in pdf


def test_bulk_keeps_the_order_and_the_bytes_and_goes_on_after_a_failure():
    jobs = [
        Job(
            key=number,
            template=INVOICE,
            data=invoice(number=f"F2026/{number:04}"),
            timestamp=WHEN,
            images={"logo": b"roto" if number == 7 else picture()},
            qr_codes={"fiscal_qr": f"https://aeat.example/?n={number}", "payment_qr": "BCD"},
        )
        for number in range(30)
    ]
    results = list(render_many(iter(jobs), processes=2))
    assert [result.key for result in results] == list(range(30))
    assert [result.key for result in results if result.error] == [7]
    assert results[7].content is None
    alone = next(render_many([jobs[29]]))
    assert alone.content == results[29].content
    assert "F2026/0029" in pages(results[29].content)[0]


def test_threads_share_the_fonts_without_harm():
    def printed(number: int) -> bytes:
        data = invoice(number=f"F2026/{number:04}")
        return render_pdf(INVOICE, data, images=codes(), timestamp=WHEN)

    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(printed, [1, 2, 1, 2, 1, 2]))
    assert together[0] == together[2] == together[4] == printed(1)
    assert together[1] == together[3] == together[5] != together[0]


def test_figures_are_as_wide_as_the_columns_made_for_them():
    # What the typesetter measures against what `bricks.typ` adds up; a font of another
    # version could be of other widths.
    page = r"""
        #import "/documents/typst/bricks.typ": figure-width
        #set text(font: "Inter", size: 100pt, number-width: "tabular")
        #assert(figure-width("3 h") == none)
        #context for words in ("1.234.567,89\u{a0}€", "\u{2212}21,5\u{a0}%", "0", "") {
          assert(calc.abs(measure(words).width - 100pt * figure-width(words)) < 0.01pt)
        }
    """
    assert render._compiler(render.ROOT).compile(page.encode(), format="svg")
