"""The command line, and the checks that are our own."""

import subprocess
import sys
from pathlib import Path

import pytest

from lonja.config import cli
from lonja.config.commands import shape
from lonja.config.commands import test as test_command
from lonja.config.workbench import messages
from tests.support.processes import environment


def lonja(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "lonja.config.cli", *words]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (["--data", "x", "run", "--port", "1"], ["run", "--port", "1"]),
        (["run", "--port", "1", "--data=x"], ["run", "--port", "1"]),
        (["manage", "shell", "--data", "x", "--", "--data", "y"], None),
    ],
)
def test_the_data_folder_may_stand_anywhere(typed: list[str], left: list[str] | None) -> None:
    folder, words = cli.take_data_folder(typed)
    assert folder == "x"
    assert words == (left or ["manage", "shell", "--", "--data", "y"])


def test_help_lists_every_command_without_importing_django() -> None:
    helped = lonja("--help")
    assert helped.returncode == 0
    for name in cli.command_names():
        line = next(line for line in helped.stdout.splitlines() if line.startswith(f"  {name} "))
        assert len(line.split()) > 2, f"{name} says nothing of itself"
    program = (
        "import sys; from lonja.config import cli; cli.main([]); print('django' in sys.modules)"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.endswith("False\n")


def test_an_unknown_command_is_refused_in_spanish() -> None:
    refused = lonja("volar")
    assert refused.returncode == 2
    assert "no existe la orden «volar»" in refused.stderr


def test_a_wrong_option_is_refused_in_spanish() -> None:
    refused = lonja("run", "--puerto", "9")
    assert refused.returncode == 2
    assert "no conozco estos argumentos: --puerto 9" in refused.stderr


@pytest.mark.parametrize("words", [("verify",), ("import", "clients", "x.csv"), ("backup",)])
def test_a_folder_without_data_is_told_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = lonja("--data", str(tmp_path), *words)
    assert refused.returncode != 0
    assert f"En «{tmp_path}» no hay datos de Lonja." in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.iterdir())  # looking makes nothing


def test_who_reads_only_the_first_lines_gets_no_trace() -> None:
    listing = subprocess.Popen(
        [sys.executable, "-P", "-m", "lonja.config.cli", "shape"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert listing.stdout is not None
    listing.stdout.close()
    _out, complaints = listing.communicate(timeout=60)
    assert complaints == b""


def test_manage_passes_everything_to_django(tmp_path: Path) -> None:
    done = lonja("--data", str(tmp_path), "manage", "showmigrations", "--plan", "accounts")
    assert done.returncode == 0
    assert "accounts.0001" in done.stdout


def test_texts_outside_translation_tags_are_found() -> None:
    template = (
        "<h1>Facturas</h1>\n"
        '<p title="Hola que tal">{% translate "Uno" %} {{ x|default:"Sin nombre" }} · €</p>\n'
        "{% blocktranslate %}Hola\nmundo{% endblocktranslate %}\n"
        '<script>let a = "hola"</script><b>Lonja PDF</b>\n'
        "Suelto\n"
        "<i>Texto de la ley</i> {# literal #}\n"
    )
    assert sorted(messages.in_template(template)) == [
        (1, "Facturas"),
        (2, "Sin nombre"),
        (2, 'title="Hola que tal"'),
        (6, "Suelto"),
    ]


def test_spanish_outside_gettext_is_found() -> None:
    program = (
        '"""Documentación."""\n'
        'a = _("Sí")\n'
        'b = f"Año {a}"\n'
        'raise Refused("code", "Falta algo")\n'
        'c = CharField(label="Nombre", help_text=_("Tu nombre"))\n'
        'd = "ñandú"  # literal\n'
        'log.error("Falló")\n'
        'raise RuntimeError("Avería")\n'
    )
    found = sorted(messages.in_python(program))
    assert found == [(3, "Año "), (4, "Falta algo"), (5, "Nombre")]


def test_words_of_other_lists_are_exempt_but_what_we_say_is_not() -> None:
    program = (
        "# literals: headings of other programs\n"
        'FIELDS = (Field("code", "Código", ("Cód.", "Referència"), hint=_("Único")),)\n'
        'KINDS = {"Artículo": [1, "Título"]}\n'
        'DAYS = re.compile("d[ií]as")\n'
        'TITLE = "Catálogo"\n'
        "def read():\n"
        '    raise Refused("x", "Falta")\n'
        'SHOWN = [Refused("x", "Categoría")]\n'
        "def later():\n"
        '    return ["Sección"]\n'
    )
    said = [(2, "Código"), (5, "Catálogo"), (7, "Falta"), (8, "Categoría"), (10, "Sección")]
    assert sorted(messages.in_python(program)) == said
    unmarked = program.replace("# literals: headings of other programs", "# literals:")
    assert len(list(messages.in_python(unmarked))) == 9


def test_only_the_gallery_may_show_sample_data(tmp_path: Path) -> None:
    for name in ("gallery", "galleries"):
        folder = tmp_path / "ui/templates/ui" / name
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<p>Hotel Mirador</p>")
    found = list(messages.findings(tmp_path))
    assert found == ["ui/templates/ui/galleries/index.html:1: Hotel Mirador"]


def test_shape_measures_hand_written_files(tmp_path: Path) -> None:
    (tmp_path / "src/lonja/billing/migrations").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "src/lonja/billing/migrations/0001.py").write_text("x\n" * 5000)
    for size in (10, 20, 900):
        (tmp_path / f"src/lonja/billing/file{size}.py").write_text("x\n" * size)
    sizes = shape.measure(tmp_path)
    assert [lines for lines, _ in sizes] == [900, 20, 10]
    assert shape.percentile(sizes, 90) == 900
    assert shape.percentile(sizes, 50) == 20


def test_the_closing_line_counts_every_kind_of_result(tmp_path: Path) -> None:
    inner = (
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "@pytest.fixture\n"
        "def broken(): raise ValueError\n"
        "def test_error(broken): pass\n"
        "@pytest.mark.skip\n"
        "def test_skipped(): pass\n"
    )
    (tmp_path / "test_inner.py").write_text(inner)
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", f"--junitxml={report}"]
    subprocess.run([*command, "--rootdir", str(tmp_path), str(tmp_path)], cwd=tmp_path, check=False,
                   env=environment(), capture_output=True)  # fmt: skip
    assert test_command.count(report) == {"passed": 1, "failed": 2, "skipped": 1}


def test_two_processes_only_for_a_run_of_everything() -> None:
    assert test_command.parallel(["tests/test_command_line.py"]) == []
    assert test_command.parallel(["-n0"]) == []
    assert test_command.parallel(["--pdb"]) == []
