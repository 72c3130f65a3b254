"""Everything a person reads has its English, with the same gaps and the same tags."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

from lonja.config.workbench import CHECKOUT
from lonja.config.workbench.english import checks, extract, po

PACKAGE = CHECKOUT / "src" / "lonja"


def test_every_text_of_the_program_has_its_english() -> None:
    assert checks.problems(PACKAGE) == []
    assert len(po.read(PACKAGE / checks.CATALOGUE)) > 5000


def test_a_new_text_is_missed_until_somebody_translates_it(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "views.py").write_text(
        "from django.utils.translation import gettext as _t\n_t('Hola, %(name)s')\n"
    )
    assert checks.update(tmp_path) == ["room/views.py: Hola, %(name)s"]
    assert checks.problems(tmp_path) == ["room/views.py: «Hola, %(name)s» no está en inglés"]
    po.write(tmp_path / checks.CATALOGUE, {("", "Hola, %(name)s", ""): ["Hello, %(name)s"]})
    assert checks.problems(tmp_path) == []
    assert checks.update(tmp_path) == []


def test_a_lost_placeholder_or_tag_is_found(tmp_path: Path) -> None:
    assert checks.agree(("", "%(n)s día", "%(n)s días"), ["%(n)s day", "%(n)s days"])
    assert not checks.agree(("", "%(n)s día", "%(n)s días"), ["One day", "%(n)s days"])
    assert not checks.agree(("", "Vale <b>{precio}</b>", ""), ["It costs {precio}"])
    assert not checks.agree(("", "Hola, {nombre}", ""), ["Hello, {name}"])


def test_texts_under_another_name_and_in_templates_are_found() -> None:
    python = "from django.utils import translation as t\nt.gettext('Uno')\n"
    assert list(extract.in_python(python)) == [("", "Uno", "")]
    alias = "from django.utils.translation import ngettext as n\nsay = n\nsay('día', 'días', 2)\n"
    assert list(extract.in_python(alias)) == [("", "día", "días")]
    template = (
        '{% load i18n %}{% translate "Dto. %" %}{% include "x" with a=_("Dos") %}'
        "{% blocktranslate count n=n %}{{ n }} día{% plural %}{{ n }} días{% endblocktranslate %}"
    )
    assert list(extract.in_template(template)) == [
        ("", "Dto. %%", ""),
        ("", "Dos", ""),
        ("", "%(n)s día", "%(n)s días"),
    ]


def test_what_we_compile_reads_as_what_we_wrote(tmp_path: Path) -> None:
    catalogue = {
        ("", 'Con "comillas"\ny salto', ""): ['With "quotes"\nand break'],
        ("", "%(n)s día", "%(n)s días"): ["%(n)s day", "%(n)s days"],
        ("mes", "Alta", ""): ["High"],
        ("", "Sin traducir", ""): [""],
    }
    po.write(tmp_path / "en" / "LC_MESSAGES" / "django.po", catalogue)
    assert po.read(tmp_path / "en" / "LC_MESSAGES" / "django.po") == catalogue
    assert po.compile_all(tmp_path) and not po.compile_all(tmp_path)
    made = (tmp_path / "en" / "LC_MESSAGES" / "django.mo").read_bytes()
    read = gettext.GNUTranslations(io.BytesIO(made))
    assert read.gettext('Con "comillas"\ny salto') == 'With "quotes"\nand break'
    assert read.ngettext("%(n)s día", "%(n)s días", 1) == "%(n)s day"
    assert read.pgettext("mes", "Alta") == "High"
    assert read.gettext("Sin traducir") == "Sin traducir"
