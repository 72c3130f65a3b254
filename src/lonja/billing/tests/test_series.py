"""Series in settings."""

from __future__ import annotations

import pytest

from lonja.billing.models import Invoice, Series
from lonja.billing.reports import next_number
from lonja.kit.errors import Refused


def form(**more):
    data = {"code": "T", "name": "Tienda", "prefix": "T{aa}-", "digits": "5", "is_active": "on"}
    return {**data, **more}


def test_a_new_series_numbers_as_it_says(as_lucia, series, lonja):
    assert as_lucia.post("/configuracion/series/nueva/", form()).status_code == 303
    year = lonja.company.today().year
    assert next_number(Series.objects.get(code="T"), year) == f"T{year % 100:02d}-00001"


@pytest.mark.parametrize("prefix", ["T-", "T{year}/", "T{año}'", "Ñ{año}", "{año}{0.__class__}"])
def test_prefixes_that_would_repeat_or_break_are_refused(as_lucia, series, prefix):
    answer = as_lucia.post("/configuracion/series/nueva/", form(prefix=prefix))
    assert answer.status_code == 409
    assert not Series.objects.filter(code="T").exists()


@pytest.mark.parametrize("prefix", ["F{año}/", "F20{aa}/", "f{año}/1"])
def test_two_series_never_give_the_same_number(as_lucia, series, prefix):
    answer = as_lucia.post("/configuracion/series/nueva/", form(prefix=prefix))
    assert answer.status_code == 409
    assert "ya usa ese prefijo" in answer.content.decode()


def test_the_last_number_of_another_program_is_continued(as_lucia, series, issued):
    url = f"/configuracion/series/{series.pk}/ultimo-numero/"
    assert as_lucia.post(url, {"last": "412"}).status_code == 303
    assert issued().sequence == 413
    assert as_lucia.post(url, {"last": "900"}).status_code == 409
    assert issued().sequence == 414


def test_the_format_is_fixed_once_it_has_issued(as_lucia, series, issued):
    issued()
    data = form(code="F", name="Ventas", prefix="X{año}/", digits="4")
    assert as_lucia.post(f"/configuracion/series/{series.pk}/", data).status_code == 409
    same = form(code="F", name="Facturas", prefix="F{año}/", digits="4", is_default="on")
    assert as_lucia.post(f"/configuracion/series/{series.pk}/", same).status_code == 303
    series.refresh_from_db()
    assert series.name == "Facturas"


def test_only_one_series_is_the_default(as_lucia, series):
    as_lucia.post("/configuracion/series/nueva/", form(is_default="on"))
    assert list(Series.objects.filter(is_default=True).values_list("code", flat=True)) == ["T"]


def test_series_of_another_organisation_are_not_found(as_nuria, series):
    assert as_nuria.get(f"/configuracion/series/{series.pk}/").status_code == 404


def test_a_series_is_made_for_its_use_and_continues_another_program(as_lucia, typed, lonja):
    new = form(code="TQ", prefix="TQ{aa}/", use="simplified", is_default="on")
    assert as_lucia.post("/configuracion/series/nueva/", new).status_code == 303
    made = Series.objects.get(code="TQ")
    assert made.use == "simplified"
    as_lucia.post(f"/configuracion/series/{made.pk}/ultimo-numero/", {"last": "88"})
    data = typed(kind="simplified", party="", party_before="", accion="emitir")
    as_lucia.post("/facturas/nueva/?b=x", data)
    year = lonja.company.today().year % 100
    assert Invoice.objects.get().number == f"TQ{year}/00089"


def by_others(company, use="ordinary", code="G"):
    return Series.objects.create(
        company=company,
        code=code,
        name="Por la gestoría",
        use=use,
        pattern=code + "{year}/{number:04d}",
        issued_by="T",
        issuer_name="Gestoría Sala, S.L.",
        issuer_nif="B98765431",
    )


def test_own_correctives_are_never_numbered_in_the_series_of_a_third_party(as_lucia, issued, lonja):
    """Also when that one was made before the first rectificativa of the company."""
    theirs = by_others(lonja.company, "corrective", "RG")
    as_lucia.post(f"/facturas/{issued().pk}/rectificativa/", {"cause": "return"})
    draft = Invoice.objects.get(status="draft")
    page = as_lucia.get(f"/facturas/{draft.pk}/editar/").content.decode()
    assert '<option value="" selected>Se crea al emitir</option>' in page
    as_lucia.post(f"/facturas/{draft.pk}/emision/")
    draft.refresh_from_db()
    assert draft.number.startswith("R2") and draft.series != theirs
    assert "issued_by" not in draft.issuer


def test_a_new_invoice_proposes_the_series_of_the_company(as_lucia, lonja, series):
    Series.objects.update(is_default=False)
    theirs = by_others(lonja.company, code="A")
    page = as_lucia.get("/facturas/nueva/?b=x").content.decode()
    assert f'<option value="{series.pk}" selected>' in page
    assert f'<option value="{theirs.pk}">' in page


def test_a_corrective_never_goes_in_an_ordinary_series(as_lucia, issued, series, lucia):
    from lonja.billing.actions.correct import CAUSES, start_correction
    from lonja.billing.actions.issue import issue_invoice

    one = issued()
    cause = CAUSES["return"]
    draft = start_correction([one], cause, correction="I", reason="", on=one.issued_on, by=lucia)
    draft.series = series
    draft.save()
    with pytest.raises(Refused) as refused:
        issue_invoice(draft, by=lucia)
    assert refused.value.code == "wrong_series"
