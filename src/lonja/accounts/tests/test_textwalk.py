"""A search with an order finds the same, whether the words are rare or common."""

from __future__ import annotations

import random

import pytest

from lonja.accounts import textwalk
from lonja.kit.text import search_text
from lonja.parties.models import Party

pytestmark = pytest.mark.django_db

WORDS = ("frutería", "hotel", "taller", "a_b_c", "100%", "x", "ruzafa", "co'", 'el "sol"')
ASKED = ("frut", "hotel taller", "a_b_c", "100%", "x", "ruz x", "co'", '"sol', "nada", "hot frut x")


@pytest.fixture
def parties(lonja):
    chosen = random.Random(2026)
    rows = []
    for n in range(150):
        name = " ".join([*chosen.sample(WORDS, 3), str(n)])
        rows.append(Party(name=name, postcode=f"{n % 7:05}", search_text=search_text(name)))
    Party.objects.bulk_create(rows)


def holds(text: str, words: list[str]) -> bool:
    """As it is promised: short words begin another, long ones may be anywhere."""
    return all(
        word in text if len(word) > 2 else any(one.startswith(word) for one in text.split(" "))
        for word in words
    )


@pytest.mark.parametrize("common", [False, True])
@pytest.mark.parametrize("asked", ASKED)
def test_the_first_rows_and_their_number_are_those_of_reading_them_all(
    parties, monkeypatch, asked, common
):
    if common:
        for name, value in {"MOST": 2, "SAMPLE": 2, "DENSE": 0, "STRETCH": 5}.items():
            monkeypatch.setattr(textwalk, name, value)
    words = asked.split()
    rows = Party.objects.filter(postcode__lte="00004").order_by("-postcode", "-pk")
    expected = [p.pk for p in rows if holds(p.search_text, words)]
    found = textwalk.look_up(Party, asked)
    assert found.first(rows, 1000) == expected
    assert found.first(rows, 3) == expected[:3]
    assert found.count(rows, 1000) == (len(expected), True)
    assert [p.pk for p in found.narrow(rows)] == expected


def test_of_a_common_word_only_so_many_rows_are_read_to_count(parties, monkeypatch):
    for name, value in {"MOST": 2, "SAMPLE": 2, "DENSE": 0, "EFFORT": 40}.items():
        monkeypatch.setattr(textwalk, name, value)
    found = textwalk.look_up(Party, "hotel")
    rows = Party.objects.all()
    number, are_all = found.count(rows, 1000)
    assert not are_all
    assert 0 < number <= 40
    assert found.count(rows, 3) == (3, False)
    assert found.count(rows.filter(postcode="00001"), 1000)[1]


def test_nothing_of_another_house_is_found(parties, nuria):
    from lonja.accounts.scope import scope

    with scope(nuria.organisation):
        found = textwalk.look_up(Party, "hotel")
        assert found.first(Party.objects.order_by("pk"), 10) == []
        assert found.count(Party.objects.all(), 10) == (0, True)
        assert list(found.narrow(Party.objects.all())) == []
    assert textwalk.look_up(Party, "  ") is None
