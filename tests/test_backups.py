"""A copy is made while Lonja works, is proven, and comes back whole (F14)."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from lonja.config.supervisor import CLI
from tests.support.processes import environment

pytestmark = pytest.mark.slow

MAKE_BOOKS = """
import django; django.setup()
from django.db import connection
from lonja.config.commands.migrate import bring_up_to_date
bring_up_to_date(connection)
from lonja.accounts.scope import scope
from lonja.config.bench.billing_run import plans_due
from lonja.files import store
from lonja.subscriptions.actions.bill import bill_due
organisation = plans_due({count}, 2)
with scope(organisation):
    store("a.txt", b"contenido", "text/plain")
    bill_due(batch=20)
"""


class House:
    """An installation of its own, used through the command line."""

    def __init__(self, folder, url=""):
        self.data = folder
        self.environment = environment(
            LONJA_DATA_DIR=str(folder),
            LONJA_DATABASE_URL=url,
            DJANGO_SETTINGS_MODULE="lonja.config.settings",
        )

    def run(self, *words):
        return subprocess.run(
            [*CLI, *words], env=self.environment, capture_output=True, text=True, check=False
        )

    def python(self, text):
        return subprocess.Popen([sys.executable, "-c", text], env=self.environment)

    def books(self, count):
        assert self.python(MAKE_BOOKS.format(count=count)).wait() == 0

    def query(self, sql):
        with sqlite3.connect(self.data / "lonja.sqlite3") as database:
            return database.execute(sql).fetchall()

    def backup(self, to):
        done = self.run("backup", "--to", str(to))
        assert done.returncode == 0, done.stderr
        (copy,) = to.iterdir()
        return copy


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A house with three invoices and a copy of it, that nobody touches: each test has its own."""
    made = House(tmp_path_factory.mktemp("casa") / "datos")
    made.books(3)
    return made.data, made.backup(tmp_path_factory.mktemp("copias"))


@pytest.fixture
def house(kept, tmp_path):
    """That house, in a folder of this test."""
    return House(shutil.copytree(kept[0], tmp_path / "datos"))


@pytest.fixture
def copy(kept, tmp_path):
    """The copy of the house."""
    return shutil.copytree(kept[1], tmp_path / "hecha" / kept[1].name)


@pytest.fixture
def another(tmp_path):
    return House(tmp_path / "otros")


@pytest.mark.sqlite
def test_a_copy_made_under_load_comes_back_whole(house, another, tmp_path):
    billing = house.python(
        MAKE_BOOKS.format(count=600).replace("plans_due(600, 2)", 'plans_due(600, 2, slug="otra")')
    )
    copy = house.backup(tmp_path / "copias")
    assert billing.wait() == 0
    told = json.loads((copy / "manifest.json").read_text())
    assert told["checked"]["records"] >= 3
    assert not list(copy.rglob("*.key"))

    assert another.run("restore", str(copy)).returncode == 0
    assert another.run("verify").returncode == 0
    ((records,),) = another.query("SELECT count(*) FROM fiscal_record")
    assert records == told["checked"]["records"]


@pytest.mark.sqlite
def test_nothing_is_issued_after_a_restore_until_the_last_numbers_are_told(copy, another):
    assert another.run("restore", str(copy)).returncode == 0
    ((reason,),) = another.query("SELECT issuing_blocked_reason FROM accounts_organisation")
    assert "lonja restore --confirm" in reason

    early = another.run("restore", "--confirm", "--organisation", "bench", "--last", "F/2026=2")
    assert early.returncode == 1
    nobody = another.run("restore", "--confirm", "--organisation", "nadie")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "No existe la organización «nadie». Hay: bench." in nobody.stderr
    done = another.run("restore", "--confirm", "--organisation", "bench", "--last", "F/2026=9")
    assert "F2026/0010" in done.stdout
    assert another.query("SELECT issuing_blocked_reason FROM accounts_organisation") == [("",)]
    assert another.query("SELECT next_number FROM billing_seriesyear") == [(10,)]
    again = another.run("restore", "--confirm", "--last", "F/2026=12")
    assert again.stdout == "No había nada que confirmar: ya se podía emitir.\n"


@pytest.mark.sqlite
def test_the_restored_installation_has_a_number_of_its_own(house, copy, another):
    another.data.mkdir()
    shutil.copytree(house.data / "keys", another.data / "keys")
    assert another.run("restore", str(copy)).returncode == 0
    number = "keys/installation"
    assert (house.data / number).read_text() != (another.data / number).read_text()
    assert (house.data / "keys/secret.key").read_text() == (
        another.data / "keys/secret.key"
    ).read_text()


@pytest.mark.sqlite
def test_a_restore_over_data_is_refused_and_with_force_keeps_them_aside(house, copy):
    assert house.run("restore", str(copy)).returncode == 1
    assert house.run("restore", str(copy), "--force").returncode == 0
    (aside,) = house.data.glob("antes-*")
    assert (aside / "lonja.sqlite3").exists()
    assert house.run("verify").returncode == 0


@pytest.mark.sqlite
def test_a_spoiled_copy_is_not_restored(copy, another):
    (file,) = [path for path in (copy / "files").rglob("*") if path.is_file()]
    file.write_bytes(b"otro contenido")
    done = another.run("restore", str(copy))
    assert done.returncode == 1
    assert "no es el que se guardó" in done.stderr
    assert not (another.data / "lonja.sqlite3").exists()


@pytest.mark.sqlite
def test_books_that_do_not_agree_are_not_copied_in_silence(house, tmp_path):
    house.query("DROP TRIGGER lock_frozen_fiscal_record_update")
    house.query("UPDATE fiscal_record SET total_text = '1' WHERE position = 2")
    done = house.run("backup", "--to", str(tmp_path / "copias"))
    assert done.returncode == 1
    assert "registro 2" in done.stderr
    assert list((tmp_path / "copias").iterdir()) == []


@pytest.mark.sqlite
def test_a_plain_copy_of_the_file_under_load_would_not_do(house, tmp_path):
    """Negative control: what R-backups forbid does lose or break rows that were committed."""
    database = house.data / "lonja.sqlite3"
    writer = sqlite3.connect(database)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute("CREATE TABLE trial (n INTEGER)")
    writer.executemany("INSERT INTO trial VALUES (?)", [(n,) for n in range(5000)])
    writer.commit()
    shutil.copyfile(database, tmp_path / "naive.sqlite3")
    naive = sqlite3.connect(tmp_path / "naive.sqlite3")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        naive.execute("SELECT count(*) FROM trial")
    naive.close()
    copy = house.backup(tmp_path / "copias")
    with sqlite3.connect(copy / "lonja.sqlite3") as good:
        assert good.execute("SELECT count(*) FROM trial").fetchone() == (5000,)
    writer.close()


@pytest.mark.postgres
def test_postgresql_is_dumped_proven_and_restored(tmp_path):
    from lonja.config.bench.scratch import scratch_database

    server = os.environ["LONJA_DATABASE_URL"]
    with (
        scratch_database(server, f"copia_{os.getpid()}_a") as one,
        scratch_database(server, f"copia_{os.getpid()}_b") as two,
    ):
        house, another = House(tmp_path / "datos", one), House(tmp_path / "otros", two)
        house.books(5)
        copy = house.backup(tmp_path / "copias")
        assert another.run("restore", str(copy)).returncode == 0
        checked = json.loads(another.run("verify", "--json").stdout)
    assert checked["ok"] and checked["checked"]["records"] == 5
