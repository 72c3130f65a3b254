import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.kit import spreadsheets
from lonja.kit.errors import Refused
from lonja.kit.spreadsheets import read_table, write_csv, write_xlsx

RISKY = ["=1+1", "+34 600", "-1+2", "@SUM", "\tx", "'=x", "''@", "'normal", "-5,00", 'a;"b"\nc']


def _refusal(name, content):
    with pytest.raises(Refused) as refused:
        list(read_table(name, content).rows)
    return refused.value.code


def _book(fill):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    fill(book, book.add_worksheet("Clientes"))
    book.close()
    return out.getvalue()


def test_a_csv_comes_back_identical_and_carries_no_formula():
    heads = [f"c{n}" for n in range(len(RISKY))]
    content = write_csv(heads, [RISKY])
    assert next(read_table("x.csv", content).rows) == (2, RISKY)
    line = content.decode("utf-8-sig").split("\r\n")[1]
    assert line.split(";")[:4] == ["'=1+1", "'+34 600", "'-1+2", "'@SUM"]
    assert ";-5,00;" in line


def test_an_xlsx_comes_back_identical_and_its_text_is_text():
    content = write_xlsx([f"c{n}" for n in range(len(RISKY))], [RISKY])
    table = read_table("x.xlsx", content)
    assert next(table.rows) == (2, RISKY)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_cells_of_a_workbook_become_clean_text():
    def fill(book, page):
        page.write_row(0, 0, ["C.P.", "Precio", "Peso", "Alta", "Suma", "Junta", "Activo"])
        page.write_row(1, 0, [3700, 3.9, 1.234])
        page.write_datetime(1, 3, date(2026, 11, 21), book.add_format({"num_format": "dd/mm/yy"}))
        page.write_formula(1, 4, "=0.1+0.2", None, 0.1 + 0.2)
        page.write_boolean(1, 6, True)
        page.merge_range(2, 0, 2, 1, "junta")

    rows = list(read_table("x.xlsx", _book(fill)).rows)
    assert rows[0] == (2, ["3700", "3,9", "1,234", "2026-11-21", "0,3", "", "sí"])
    assert rows[1][1][:2] == ["junta", ""]


def test_numbers_and_dates_are_written_as_such():
    content = write_xlsx(["a", "b", "c"], [[Decimal("1234.50"), date(2026, 11, 21), None]])
    assert next(read_table("x.xlsx", content).rows) == (2, ["1234,5", "2026-11-21", ""])
    text = write_csv(["a", "b"], [[Decimal("-1234.50"), date(2026, 11, 21)]]).decode("utf-8-sig")
    assert text.splitlines()[1] == "-1234,50;2026-11-21"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_of_any_encoding_and_separator(encoding, separator):
    text = separator.join(["Razón", "Año"]) + "\r\n" + separator.join(["Núñez", "2026"]) + "\r\n"
    table = read_table("x.csv", text.encode(encoding))
    assert table.headers == ["Razón", "Año"]
    assert list(table.rows) == [(2, ["Núñez", "2026"])]


def test_decimal_commas_do_not_confuse_the_separator():
    table = read_table("x.csv", b"Nombre;Precio\nA;1,5\nB;2,5\nC;3\n")
    assert [cells for _, cells in table.rows] == [["A", "1,5"], ["B", "2,5"], ["C", "3"]]


def test_empty_rows_are_skipped_but_counted_and_short_ones_filled():
    table = read_table("x.csv", b"a;b\n1;2\n;\n\n3\n4;5;6\n")
    assert list(table.rows) == [(2, ["1", "2"]), (5, ["3", ""]), (6, ["4", "5"])]
    assert "fila 6" in table.notes[-1]


def test_the_sheets_are_named_and_one_can_be_chosen():
    def fill(book, page):
        page.write(0, 0, "uno")
        book.add_worksheet("Otra").write(0, 0, "dos")

    content = _book(fill)
    assert read_table("x.xlsx", content).sheets == ["Clientes", "Otra"]
    assert read_table("x.xlsx", content, sheet="Otra").headers == ["dos"]
    with pytest.raises(Refused):
        read_table("x.xlsx", content, sheet="No está")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"PK\x03\x04nada",
        bytes(range(256)) * 9,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b'a;b\n"' + b"x" * 200000,
    ],
)
def test_what_is_not_a_spreadsheet_is_refused(content):
    assert _refusal("x.xlsx", content) == "spreadsheet_unreadable"


def test_an_empty_file_and_an_empty_sheet_are_refused():
    assert _refusal("x.csv", b"") == "spreadsheet_empty"
    assert _refusal("x.csv", b"\n;\n") == "spreadsheet_empty"
    assert _refusal("x.xlsx", _book(lambda book, page: None)) == "spreadsheet_empty"


def test_a_zip_bomb_is_refused_before_it_explodes():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)
    assert _refusal("x.xlsx", out.getvalue()) == "spreadsheet_bomb"


def test_a_lying_zip_index_does_not_help_the_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.xml", b"\0" * 60_000_000)
    size = (60_000_000).to_bytes(4, "little")
    assert _refusal("x.xlsx", out.getvalue().replace(size, (99).to_bytes(4, "little"))) == (
        "spreadsheet_bomb"
    )


def test_one_cell_in_the_last_corner_does_not_take_the_memory():
    def fill(book, page):
        page.write(0, 0, "a")
        page.write(1_048_575, 16_383, "b")

    assert _refusal("x.xlsx", _book(fill)) == "spreadsheet_too_big"


def test_xml_with_a_doctype_is_refused():
    source = io.BytesIO(write_xlsx(["a"], [["b"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(out, "w") as bad:
        for part in book.namelist():
            text = book.read(part)
            bad.writestr(part, text.replace(b"<worksheet", b"<!DOCTYPE x []><worksheet", 1))
    assert _refusal("x.xlsx", out.getvalue()) == "spreadsheet_unreadable"


def test_rows_and_columns_have_a_limit(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 10)
    monkeypatch.setattr(spreadsheets, "MAX_COLUMNS", 3)
    monkeypatch.setattr(spreadsheets, "MAX_BYTES", 10_000)
    rows = [["x"]] * 11
    assert _refusal("x.csv", write_csv(["a"], rows)) == "spreadsheet_too_many_rows"
    assert _refusal("x.xlsx", write_xlsx(["a"], rows)) == "spreadsheet_too_many_rows"
    wide = ["a", "b", "c", "d"]
    assert _refusal("x.csv", write_csv(wide, [])) == "spreadsheet_too_many_columns"
    assert _refusal("x.xlsx", write_xlsx(wide, [])) == "spreadsheet_too_many_columns"
    assert _refusal("x.csv", b"a" * 10_001) == "spreadsheet_too_big"


def test_leaving_a_workbook_half_read_leaves_nothing_behind():
    table = read_table("x.xlsx", write_xlsx(["a"], [[str(n)] for n in range(3000)]))
    assert next(table.rows) == (2, ["0"])
    table.rows.close()
    assert list(table.rows) == []


# Cells that our own programs would write: no controls, no spaces around.
cells = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")),
    max_size=12,
)
risky = st.builds(lambda start, rest: start + rest, st.sampled_from("=+-@'\t"), cells)


@settings(deadline=None)
@given(st.lists(st.tuples(cells | risky, cells | risky), max_size=6))
def test_any_csv_round_trip_is_identical(rows):
    read = read_table("x.csv", write_csv(["uno", "dos"], rows))
    assert [tuple(row) for _, row in read.rows] == [row for row in rows if any(row)]
