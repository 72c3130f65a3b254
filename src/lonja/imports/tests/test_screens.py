"""Importing through the browser: file, columns, check, result."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import python_calamine
from tests.cast import OrganisationClient, make_member

from lonja.activity.models import Event
from lonja.imports.models import ColumnMemory, ImportIssue, ImportRun, Status
from lonja.imports.tests.cast import check, clients_csv, upload
from lonja.jobs.worker import run_until_idle
from lonja.kit.spreadsheets import read_table
from lonja.parties.models import Party

LISTS = Path(__file__).parents[2] / "parties" / "tests" / "data" / "import"

BAD = b"Nombre;NIF;Notas\nBar Pepe;12345678A;=1+1\nBar Lola;12345678Z;\n"


def test_from_the_file_to_the_clients(as_lucia: Any) -> None:
    answer = upload(as_lucia, "mis clientes.csv", BAD)
    run = ImportRun.objects.get()
    assert answer.headers["Location"].endswith(f"/importar/{run.pk}/")
    page = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "3 de 3 reconocidas" in page and "Bar Pepe" in page
    check(as_lucia, run)
    page = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "Importar la correcta" in page and "debería ser Z" in page
    assert not Party.objects.exists()
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    assert "Importando" in as_lucia.get(f"/importar/{run.pk}/").content.decode()
    run_until_idle()
    assert Party.objects.get().name == "Bar Lola"
    page = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "1 se han quedado fuera" in page and "Ver los clientes" in page
    assert Event.objects.get(verb="imports.done").data["created"] == 1


def test_the_file_of_errors_can_be_mended_and_uploaded_again(as_lucia: Any) -> None:
    upload(as_lucia, "uno.csv", BAD)
    run = check(as_lucia, ImportRun.objects.get())
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    run_until_idle()
    content = as_lucia.get(f"/importar/{run.pk}/errores/").content
    head, row = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert head == ["Nombre", "NIF", "Notas", "Error"]
    assert row[:3] == ["Bar Pepe", "12345678A", "=1+1"] and "debería ser Z" in row[3]
    upload(as_lucia, "errores.xlsx", content)
    again = ImportRun.objects.latest("pk")
    assert again.headings[3] == "Error" and 3 not in again.field_of


def test_one_kind_of_error_can_be_looked_at_alone(as_lucia: Any) -> None:
    rows = "".join(f"Bar {n};1234567{n % 10}A;\n" for n in range(60)) + ";12345678Z;sin nombre\n"
    upload(as_lucia, "bares.csv", ("Nombre;NIF;Notas\n" + rows).encode())
    run = check(as_lucia, ImportRun.objects.get())
    everything = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "Falta el nombre o la razón social." not in everything  # after the fifty first
    assert 'href="?error=name_missing#errores"' in everything
    alone = as_lucia.get(f"/importar/{run.pk}/?error=name_missing").content.decode()
    assert "Falta el nombre o la razón social." in alone and "1234567" not in alone.split("asi")[0]


def test_columns_chosen_once_are_remembered(as_lucia: Any) -> None:
    content = b"Quien;Papeles;Nombre\nBar Pepe;12345678Z;x\n"
    upload(as_lucia, "a.csv", content)
    run = ImportRun.objects.get()
    check(as_lucia, run, **{"col-0": "name", "col-1": "nif", "col-2": ""})
    assert ColumnMemory.objects.get().columns == {"quien": "name", "papeles": "nif", "nombre": ""}
    upload(as_lucia, "b.csv", content)
    assert ImportRun.objects.latest("pk").field_of == {0: "name", 1: "nif"}


def test_a_required_column_has_to_be_chosen(as_lucia: Any) -> None:
    upload(as_lucia, "a.csv", b"Papeles;Calle\n12345678Z;Nou, 3\n")
    run = ImportRun.objects.get()
    assert "No hemos reconocido" in as_lucia.get(f"/importar/{run.pk}/").content.decode()
    answer = as_lucia.post(f"/importar/{run.pk}/columnas/", {"col-0": "nif", "col-1": "nif"})
    assert answer.status_code == 409 and "en dos columnas" in answer.content.decode()
    answer = as_lucia.post(f"/importar/{run.pk}/columnas/", {"col-0": "nif"})
    assert answer.status_code == 409 and "Razón social" in answer.content.decode()


def test_of_several_sheets_one_is_chosen(as_lucia: Any) -> None:
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("Portada")
    for name, who in (("Activos", "Bar Pepe"), ("Antiguos", "Bar Lola")):
        page = book.add_worksheet(name)
        page.write_row(0, 0, ["Nombre", "NIF"])
        page.write_row(1, 0, [who, "12345678Z"])
    book.close()
    upload(as_lucia, "libro.xlsx", file.getvalue())
    run = ImportRun.objects.get()
    assert run.sheet == "Activos"  # the first one with rows
    assert "Antiguos" in as_lucia.get(f"/importar/{run.pk}/").content.decode()
    as_lucia.post(f"/importar/{run.pk}/hoja/", {"sheet": "Antiguos"})
    check(as_lucia, ImportRun.objects.get())
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    run_until_idle()
    assert Party.objects.get().name == "Bar Lola"


def test_the_bar_says_how_far_it_is_and_then_shows_the_result(as_lucia: Any) -> None:
    upload(as_lucia, "a.csv", clients_csv([f"Cliente {n}" for n in range(30)]))
    run = ImportRun.objects.get()
    as_lucia.post(f"/importar/{run.pk}/columnas/", {"col-0": "name", "col-1": "email"})
    bar = as_lucia.htmx(f"/importar/{run.pk}/progreso/").content.decode()
    assert "<progress" in bar and "every 2s" in bar
    run_until_idle()
    answer = as_lucia.htmx(f"/importar/{run.pk}/progreso/")
    assert answer.headers["HX-Redirect"].endswith(f"/importar/{run.pk}/")


def test_a_job_that_died_can_be_taken_up_again(as_lucia: Any) -> None:
    from lonja.jobs.models import Job

    upload(as_lucia, "a.csv", clients_csv(["Uno", "Dos"]))
    run = check(as_lucia, ImportRun.objects.get())
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    Job.objects.all().delete()
    assert "Seguir" in as_lucia.get(f"/importar/{run.pk}/").content.decode()
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    run_until_idle()
    run.refresh_from_db()
    assert run.status == Status.DONE and Party.objects.count() == 2


def test_importing_twice_by_a_double_click_is_once(as_lucia: Any) -> None:
    upload(as_lucia, "a.csv", clients_csv(["Uno"]))
    run = check(as_lucia, ImportRun.objects.get())
    for _time in range(2):
        as_lucia.post(f"/importar/{run.pk}/arranque/")
        run_until_idle()
    assert Event.objects.filter(verb="imports.done").count() == 1
    assert ImportRun.objects.get().created == 1


def test_the_template_is_understood_whole(as_lucia: Any) -> None:
    for kind in ("clients", "products"):
        content = as_lucia.get(f"/importar/{kind}/plantilla/").content
        upload(as_lucia, "plantilla.xlsx", content, kind)
        run = ImportRun.objects.latest("pk")
        assert len(run.field_of) == len(run.headings) == len(run.importer.fields)
        run = check(as_lucia, run)
        assert (run.created, run.refused, run.noticed) == (2, 0, 0)


def test_who_may_import_and_who_may_see_it(as_lucia: Any, as_nuria: Any, lonja: Any) -> None:
    upload(as_lucia, "a.csv", clients_csv(["Uno"]))
    run = ImportRun.objects.get()
    seller = OrganisationClient(make_member(lonja, "Comercial Uno", "sales"))
    assert seller.get("/importar/clients/").status_code == 403
    assert seller.get(f"/importar/{run.pk}/").status_code == 403
    for path in ("", "progreso/", "errores/"):
        assert as_nuria.get(f"/importar/{run.pk}/{path}").status_code == 404
    for path in ("hoja", "columnas", "vuelta", "arranque"):
        assert as_nuria.post(f"/importar/{run.pk}/{path}/").status_code == 404
    assert as_lucia.get("/importar/nada/").status_code == 404


def test_the_sample_list_in_the_browser(as_lucia: Any, lonja: Any) -> None:
    for email in ("jordi.peris@climalevante.example", "nuria.gil@climalevante.example"):
        member = make_member(lonja, email)
        member.user.email = email
        member.user.save()
    upload(as_lucia, "clientes.xlsx", (LISTS / "clientes.xlsx").read_bytes())
    run = check(as_lucia, ImportRun.objects.get())
    page = as_lucia.get(f"/importar/{run.pk}/").content.decode()
    assert "400 filas: 393 correctas, 7 con errores." in page
    assert "Importar las 393 correctas" in page and "mil euros" in page
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    run_until_idle()
    run.refresh_from_db()
    assert (run.created, run.updated, run.refused) == (392, 1, 7)
    assert ImportIssue.objects.filter(is_error=True).count() == 7
    table = read_table("e.xlsx", as_lucia.get(f"/importar/{run.pk}/errores/").content)
    assert len(list(table.rows)) == 7
