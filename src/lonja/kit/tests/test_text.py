from hypothesis import given
from hypothesis import strategies as st

from lonja.kit.text import clean_block, clean_line, search_text, slug


def test_a_line_loses_what_cannot_be_seen_and_keeps_the_rest():
    assert clean_line(" a\u202eb\u200b\tc\x00\r\nd ") == "ab c d"
    assert clean_line("👨‍👩‍👧 ñandú") == "👨‍👩‍👧 ñandú"
    assert clean_line("a\u200db") == "ab"


def test_a_block_keeps_its_lines():
    assert clean_block("uno \r\n\r\n\r\n\r\n dos\t tres\n") == "uno\n\ndos tres"


def test_search_ignores_case_accents_and_the_tilde_of_the_n():
    assert search_text("Álvaro", None, "NÚÑEZ", "Straße") == "alvaro nunez strasse"
    assert search_text("alvaro") in search_text("Álvaro Núñez")


def test_slugs_are_plain():
    assert slug("Factura F2026/0001 — Ñandú") == "factura-f2026-0001-nandu"
    assert slug("···") == ""


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text):
    once = clean_line(text)
    assert clean_line(once) == once
    assert "\n" not in once
    assert clean_block(clean_block(text)) == clean_block(text)
