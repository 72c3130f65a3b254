"""Files that come wrong, on purpose or not: each gets a plain answer in Spanish, none a 500."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from lonja.files.models import StoredFile
from lonja.imports.actions import opening, working
from lonja.imports.models import ImportRun
from lonja.imports.tests.cast import upload
from lonja.parties.models import Party


def workbook(rows: list[list[Any]], merge: str = "") -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False})
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    if merge:
        page.merge_range(merge, "Listado de clientes 2026")
    book.close()
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("vacio.csv", b"", "está vacío"),
        ("cabecera.csv", b"Nombre;NIF\n", "solo tiene la cabecera"),
        ("blancos.csv", b";;\n;;\n", "está vacía"),
        ("foto.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "no es una hoja de cálculo"),
        ("doc.csv", b"%PDF-1.7 hola", "no es una hoja de cálculo"),
        ("roto.xlsx", b"PK\x03\x04" + b"basura" * 50, "no es una hoja de cálculo"),
        ("binario.csv", bytes(range(256)) * 40, "no es una hoja de cálculo"),
        ("bomba.xlsx", None, "ocupa demasiado"),
        ("cero.xlsx", workbook([]), "está vacía"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_kept(
    as_lucia: Any, name: str, content: bytes | None, told: str
) -> None:
    answer = upload(as_lucia, name, bomb() if content is None else content)
    assert answer.status_code in (409, 422), answer.status_code
    assert told in answer.content.decode()
    assert not ImportRun.objects.exists() and not StoredFile.objects.exists()


def test_no_file_at_all_is_said(as_lucia: Any) -> None:
    answer = as_lucia.post("/importar/clients/", {})
    assert answer.status_code == 422 and "Fichero" in answer.content.decode()


def brought_in(name: str, content: bytes) -> ImportRun:
    run = opening.open_run("clients", name, content, by=None)
    working.carry_out(run)
    return run


@pytest.mark.usefixtures("lonja")
def test_windows_1252_keeps_its_accents() -> None:
    brought_in("a.csv", "Razón social;Población\nPeluquería Núñez;Alcañiz\n".encode("cp1252"))
    assert Party.objects.get().city == "Alcañiz"


@pytest.mark.usefixtures("lonja")
def test_the_extension_may_lie() -> None:
    brought_in("lista.csv", workbook([["Nombre", "NIF"], ["Bar Pepe", "12345678Z"]]))
    assert Party.objects.get().nif == "12345678Z"


@pytest.mark.usefixtures("lonja")
def test_numbers_where_texts_were_expected() -> None:
    run = brought_in(
        "a.xlsx",
        workbook([["Nombre", "NIF", "CP", "Teléfono"], [2026, 12345678, 3700, 965780000],
                  ["Bar", "", 46013.0, 612345678.0]]),
    )  # fmt: skip
    assert [(i.row, i.code) for i in run.issues.filter(is_error=True)] == [(2, "nif_format")]
    party = Party.objects.get()
    assert (party.postcode, party.phone) == ("46013", "+34612345678")


@pytest.mark.usefixtures("lonja")
def test_formulas_stay_text_all_the_way() -> None:
    brought_in("a.csv", b'Nombre;Notas\n"\'=HYPERLINK(""http://malo"")";@cmd\n')
    party = Party.objects.get()
    assert (party.name, party.notes) == ('=HYPERLINK("http://malo")', "@cmd")


@pytest.mark.usefixtures("lonja")
def test_names_lose_what_cannot_be_seen_and_keep_what_can() -> None:
    brought_in("a.csv", "Nombre\nHotel\u202e \u200bMar\x07 👨\u200d👩\u200d👧 مرحبا\n".encode())
    assert Party.objects.get().name == "Hotel Mar 👨\u200d👩\u200d👧 مرحبا"


@pytest.mark.usefixtures("lonja")
def test_merged_cells_above_the_heading_ask_for_the_columns(as_lucia: Any) -> None:
    content = workbook([["", ""], ["Nombre", "NIF"], ["Bar Pepe", "12345678Z"]], merge="A1:B1")
    upload(as_lucia, "a.xlsx", content)
    run = ImportRun.objects.get()
    page = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "Listado de clientes 2026" in page and "No hemos reconocido" in page


@pytest.mark.usefixtures("lonja")
def test_very_long_texts_are_cut_with_a_notice() -> None:
    run = brought_in("a.csv", ("Nombre;Web\n" + "A" * 5000 + ";" + "w" * 500 + "\n").encode())
    assert len(Party.objects.get().name) == 120
    assert set(run.issues.values_list("code", flat=True)) == {"text_cut"}


@pytest.mark.usefixtures("lonja")
def test_repeated_headings_are_told(as_lucia: Any) -> None:
    upload(as_lucia, "a.csv", b"Nombre;NIF;NIF\nBar;12345678Z;x\n")
    run = ImportRun.objects.get()
    page = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "cabeceras repetidas" in page and run.field_of == {0: "name", 1: "nif"}
