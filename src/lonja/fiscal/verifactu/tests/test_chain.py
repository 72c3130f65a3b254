from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.fiscal.verifactu.chain import Link, link_from_xml, link_of, verify_chain
from lonja.fiscal.verifactu.xml import record_xml

from .cast import alta, anulacion, sample_chain


@cache
def links() -> list[Link]:
    return [link_of(i, record) for i, record in enumerate(sample_chain(), start=1)]


def test_a_sound_chain_is_sound_and_tells_its_head():
    report = verify_chain(links(), head=links()[-1].huella)
    assert (report.ok, report.checked, report.last_huella) == (True, 6, links()[-1].huella)


def test_the_kept_xml_gives_the_same_links():
    read = [link_from_xml(i, record_xml(r)) for i, r in enumerate(sample_chain(), start=1)]
    assert read == links()


def test_a_foreign_xml_is_a_broken_record_not_a_crash():
    report = verify_chain([link_from_xml(1, b"<otro><a/></otro>")])
    assert (report.code, report.broken_at) == ("operation", 1)


@settings(deadline=None)
@given(st.data())
def test_any_altered_field_is_found_where_it_is(data):
    at = data.draw(st.integers(0, 5))
    field = data.draw(st.sampled_from(Link._fields))
    original = getattr(links()[at], field)
    if field == "position":
        changed = data.draw(st.integers().filter(lambda n: n != original))
    else:
        # Blanks at the ends do not count: the agency trims them before hashing.
        texts = st.text("ABF019-/:+& ñ", max_size=70)
        changed = data.draw(texts.filter(lambda t: t.strip() != original))
    altered = [*links()]
    altered[at] = links()[at]._replace(**{field: changed})
    report = verify_chain(altered)
    assert not report.ok
    assert report.broken_at == altered[at].position


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(0, 5))
def test_a_missing_repeated_or_swapped_record_is_found(a, b):
    without = [link for i, link in enumerate(links()) if i != a]
    assert not verify_chain(without, head=links()[-1].huella).ok
    assert not verify_chain([*links()[: a + 1], *links()[a:]]).ok
    swapped = [*links()]
    swapped[a], swapped[b] = swapped[b], swapped[a]
    assert verify_chain(swapped).ok == (a == b)


def test_renumbering_does_not_hide_a_missing_record():
    kept = [link for link in links() if link.position != 3]
    report = verify_chain([link._replace(position=i) for i, link in enumerate(kept, start=1)])
    assert (report.code, report.broken_at, report.number) == ("link", 3, "R2026/0001")
    assert "no enlaza" in report.message


def test_a_rewritten_record_with_its_huella_redone_breaks_the_next_link():
    first, second = sample_chain()[:2]
    forged = replace(first, number="F2026/9999")
    report = verify_chain([link_of(1, forged), link_of(2, second)])
    assert (report.code, report.broken_at) == ("link", 2)


def test_the_kept_head_finds_missing_last_records():
    report = verify_chain(links()[:-1], head=links()[-1].huella)
    assert (report.code, report.broken_at) == ("head", 5)
    assert verify_chain([], head=links()[-1].huella).code == "head"


def test_a_stretch_is_checked_from_the_last_link_already_checked():
    assert verify_chain(links()[3:], after=links()[2]).ok
    assert verify_chain(links()[3:], after=links()[1]).code == "position"
    assert verify_chain(links()[3:]).code == "position"


@pytest.mark.parametrize("build", [alta, anulacion])
def test_a_first_record_may_not_point_at_another(build):
    before = sample_chain()[0].as_previous()
    report = verify_chain([link_of(1, build(previous=before))])
    assert (report.code, report.broken_at) == ("first", 1)
