"""Search of text asks the index, and finds words as they were written."""

import pytest
from django.db import connection

from lonja.accounts.textsearch import filter_text
from lonja.parties.models import Party


@pytest.mark.sqlite
def test_sqlite_answers_from_the_trigram_index(lonja):
    sql, params = filter_text(Party.objects.all(), "ruzaf").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        plan = " ".join(row[3] for row in cursor.fetchall())
    # «L0» is FTS5 saying that it took the LIKE; nothing after the colon is a full reading.
    assert "parties_party_fts VIRTUAL TABLE INDEX 0:L0" in plan


@pytest.mark.parametrize("asked", ["a_b_c", "100%", "a\\b"])
def test_signs_of_patterns_are_only_signs(lonja, asked):
    Party.objects.create(name=f"Cliente {asked} exacto")
    Party.objects.create(name="Cliente axbxc 100 por cien a/b")
    (found,) = filter_text(Party.objects.all(), asked)
    assert found.name == f"Cliente {asked} exacto"
