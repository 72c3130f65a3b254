"""The walls of the house: who may import whom, what each thing is called, what is never done.

Each list of exceptions says why. Growing one is a decision; write the reason beside it.
"""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.forms import BaseForm, ModelForm
from django_tasks.base import Task

from lonja.accounts.permissions import ROLES, declared
from lonja.billing.kinds import KINDS
from lonja.fiscal.regime import kinds_without_type
from lonja.jobs.queue import path_of, schedules, task_at
from lonja.ui.registry import ClientTab, registered
from tests.architecture.walk import ORGANISATION, pages

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "src" / "lonja"
GLOSSARY = CHECKOUT / "docs" / "glossary.md"
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))

# The ways out of an organisation's scope, and raw SQL.
ALL_ORGANISATIONS = {
    "portal/customer.py": "the customer asks for a link by mail: the address names the house",
    "accounts/middleware.py": "asks whether the visitor is a member of that organisation",
    "api/door/serve.py": "which organisation a key belongs to",
    "config/backups/make.py": "a backup is of the whole installation",
    "config/verification/run.py": "`lonja verify` checks every organisation, one after another",
    "fiscal/sweeping.py": "finds the queues of every organisation, then opens the scope of each",
    "jobs/worker.py": "takes work of every organisation, then opens the scope of each job",
    "mail/sending.py": "takes mails of every organisation, then opens the scope of each",
    "mail/backend.py": "Django's own mails (a lost password) have no organisation",
    "office/actions/members.py": "a person's other memberships, when an invitation is accepted",
    "office/second_factor.py": "the second factor belongs to the person, not to an organisation",
    "office/views/entry.py": "before an organisation is chosen: the list of one's own",
    "portal/doors.py": "which organisation a secret link belongs to",
    "tasks/views/feed.py": "which organisation the secret link of a calendar belongs to",
    "ui/context.py": "the list of one's own organisations in the menu",
}
RAW_SQL = {
    "accounts/bulk.py": "fast inserts; values are parameters, the organisation is checked",
    "accounts/locks.py": "installs the locks of the database",
    "accounts/prepared.py": "SQL that the ORM wrote once; values are parameters",
    "accounts/trips.py": "sends the writes of accounts/bulk.py, and waits for the disk",
    "accounts/textsearch.py": "full text index of SQLite; words are parameters",
    "accounts/textwalk.py": "the text index beside the SQL of a list; words are parameters",
    "config/commands/migrate.py": "reads the settings of the database",
    "config/postgres/base.py": "sends together what others wrote",
    "config/demo/load.py": "dates of an invented past, in a demo organisation only",
    "config/health.py": "asks whether the database answers",
    "config/verification/storage.py": "the database's own integrity check",
    "fiscal/audit.py": "many records and taxes a second; ids are parameters, the organisation too",
    "jobs/worker.py": "SKIP LOCKED over the jobs of every organisation",
    "mail/sending.py": "SKIP LOCKED over the mails of an organisation",
    "parties/reports.py": "from each province to the next by the index; organisation a parameter",
    "ui/once.py": "how the database writes one transaction to disk; no rows",
    "ui/tables/counts.py": "the counts of a list in one query: the SQL that Django gave for each",
}
MARK_SAFE = {
    "ui/cells.py": "icons of our own file; every value escaped",
    "ui/tables/rows.py": "rows of lists, every value escaped",
    "ui/shortcuts.py": "the link to undo, made with format_html",
    "sales/templatetags/sales_board.py": "the cards of the embudo, every value escaped",
}


def sources(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """(path in the package, syntax tree) of our code, without tests and migrations."""
    for room in rooms or ("*",):
        for path in sorted(PACKAGE.glob(f"{room}/**/*.py")):
            parts = path.relative_to(PACKAGE).parts
            if not {"tests", "migrations", "bench", "faults"}.intersection(parts):
                yield "/".join(parts), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(tree: ast.Module) -> set[str]:
    """Names that a module calls, of functions and of methods («.cursor»)."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                found.add(node.func.id)
            elif isinstance(node.func, ast.Attribute):
                found |= {node.func.attr, f".{node.func.attr}"}
        elif isinstance(node, ast.Attribute) and node.attr == "_base_manager":
            found.add("._base_manager")
    return found


def users_of(*names: str) -> set[str]:
    return {path for path, tree in sources() if called(tree) & set(names)}


# --- walls ----------------------------------------------------------------------------------------
def test_imports_go_downstairs():
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True,
        check=False, env={"PYTHONPATH": str(CHECKOUT / "src"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]


def test_only_listed_files_leave_the_scope():
    assert users_of("all_organisations") == set(ALL_ORGANISATIONS)


def test_only_listed_files_write_their_own_sql():
    own = users_of(".cursor", ".raw", "._base_manager", "RawSQL", "Plain", ".extra")
    assert own == set(RAW_SQL)


def test_only_listed_files_make_safe_html_by_hand():
    assert users_of("mark_safe") == set(MARK_SAFE)


def test_every_model_of_a_room_belongs_to_an_organisation_or_says_why():
    from lonja.accounts.models import OrganisationModel

    of_the_installation = {
        "accounts.Organisation": "it is the tenant",
        "accounts.User": "a person may work in several",
        "accounts.SetupLink": "before there is any",
        "jobs.Tick": "the clock of the installation",
        "jobs.WorkerBeat": "processes of the installation",
        "office.FirstLogin": "of a person",
    }
    free = {m._meta.label for m in ours() if not issubclass(m, OrganisationModel)}
    assert free - set(of_the_installation) == set()


def ours() -> list[type]:
    return [m for m in apps.get_models() if m.__module__.startswith("lonja.")]


# --- names ----------------------------------------------------------------------------------------
def test_the_glossary_names_every_model():
    text = GLOSSARY.read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", text))
    assert {m.__name__ for m in ours()} - named == set(), "Write it in docs/glossary.md"


def test_every_model_has_a_spanish_name():
    bare = [m.__name__ for m in ours() if m._meta.verbose_name == m._meta.model_name]
    assert bare == []


def test_every_permission_has_a_label_and_known_roles():
    assert declared() != []
    assert [p.code for p in declared() if not str(p.label) or p.roles - set(ROLES)] == []


@pytest.mark.django_db
def test_the_models_and_their_migrations_say_the_same():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


# --- work in the background -----------------------------------------------------------------------
def test_every_task_named_in_the_code_exists():
    names = {
        node.value
        for _path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"lonja\.\w+\.jobs\.\w+", node.value)
    }
    scheduled = {path_of(schedule.task) for schedule in schedules()}
    assert scheduled
    assert [n for n in sorted(names | scheduled) if not isinstance(task_at(n), Task)] == []


# --- law as data ----------------------------------------------------------------------------------
def test_every_fiscal_kind_of_invoice_has_a_verifactu_type():
    assert KINDS
    assert kinds_without_type() == []


def test_kinds_of_invoice_are_never_compared():
    """What distinguishes a kind is a column of `billing.kinds`, never an `if` elsewhere."""
    guilty = []
    for path, tree in sources("billing", "fiscal", "subscriptions", "sales", "payments", "portal"):
        for node in ast.walk(tree):
            if path != "billing/kinds.py" and isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                about_kind = any(getattr(s, "attr", getattr(s, "id", "")) == "kind" for s in sides)
                named = any(isinstance(s, ast.Constant) and s.value in KINDS for s in sides)
                if about_kind and (named or any(getattr(s, "id", "") == "ORDINARY" for s in sides)):
                    guilty.append(f"{path}:{node.lineno}")
    assert guilty == []


# --- forms and templates --------------------------------------------------------------------------
def every_form() -> list[type[BaseForm]]:
    for path, _tree in sources():
        if re.search(r"(^|/)forms(/|\.py)", path):
            importlib.import_module("lonja." + path.removesuffix(".py").replace("/", "."))
    found, left = [], [BaseForm]
    while left:
        more = left.pop().__subclasses__()
        found += more
        left += more
    return [form for form in found if form.__module__.startswith("lonja.")]


def test_forms_list_the_fields_they_take():
    assert every_form()
    models = [form for form in every_form() if issubclass(form, ModelForm)]
    assert [f for f in models if getattr(f._meta, "fields", None) in (None, "__all__")] == []
    assert [f for f in models if getattr(f._meta, "exclude", None)] == []


def test_templates_carry_no_script_and_no_style_of_their_own():
    guilty = []
    for path in TEMPLATES:
        if path.parts[-2] == "mail":  # bodies of mails: their programs know no style sheets
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            inline = re.search(r"""<script(?![^>]*\bsrc=)(?![^>]*application/json)""", line)
            style = re.search(r"""<style(?![^>]*nonce=)|\sstyle=["']|\son[a-z]+=["']""", line)
            if inline or style:
                guilty.append(f"{path.relative_to(PACKAGE)}:{number}")
    assert guilty == []


def test_templates_trust_no_text():
    safe = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\|safe\b|\{%\s*autoescape off", line)
    ]
    assert safe == []


# --- the shell ------------------------------------------------------------------------------------
@pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.url_name)
def test_what_hangs_on_the_shell_leads_to_a_page(entry, as_lucia):
    from lonja.parties.models import Party

    names = {page.name for page in pages(ORGANISATION)}
    assert entry.url_name in names
    from django.urls import reverse

    needs_party = isinstance(entry, ClientTab)
    values = [Party.objects.create(name="Hotel Mirador").pk] if needs_party else []
    answer = as_lucia.get(reverse(entry.url_name, urlconf=ORGANISATION, args=values), follow=True)
    assert answer.status_code in (200, 204), (entry.label, answer.status_code)


def test_files_stay_readable():
    """Nobody reads a file of 800 lines; above 400 it is time to look for a theme to take out."""
    sizes = {
        str(path.relative_to(CHECKOUT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in (PACKAGE, CHECKOUT / "tests")
        for path in folder.rglob("*.py")
    }
    assert {path: size for path, size in sizes.items() if size > 800} == {}
