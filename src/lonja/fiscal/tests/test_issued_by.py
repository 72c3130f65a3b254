"""Invoices that a third party or the recipient issues in the name of the company."""

from __future__ import annotations

import pytest

from lonja.billing.actions.issue import issue_invoice
from lonja.billing.models import Series
from lonja.config.verification import verify
from lonja.fiscal.models import Record
from lonja.kit.errors import Refused

THIRD = {"issuer_name": "Gestoría Sala, S.L.", "issuer_nif": "B12345674"}


@pytest.fixture
def series_of(lonja):
    def make(by: str, **who: str) -> Series:
        return Series.objects.create(
            company=lonja.company,
            code=f"X{by}",
            name="Por otros",
            pattern=f"X{by}{{year}}/{{number:04d}}",
            issued_by=by,
            **who,
        )

    return make


def test_the_record_and_the_paper_name_the_third_party(draft, lucia, series_of):
    one = draft("100")
    one.series = series_of("T", **THIRD)
    one.save()
    one = issue_invoice(one, by=lucia)
    xml = Record.objects.get().xml
    assert "<EmitidaPorTerceroODestinatario>T</EmitidaPorTerceroODestinatario><Tercero>" in xml
    assert "<NombreRazon>Gestoría Sala, S.L.</NombreRazon><NIF>B12345674</NIF></Tercero>" in xml
    (said,) = one.legends
    assert said == "Expedida por Gestoría Sala, S.L. (B12345674) en nombre del emisor"
    assert verify().problems == []


def test_the_recipient_numbers_only_its_own(draft, lucia, series_of, hotel):
    one = draft("100")
    one.series = series_of("D", issuer_name=hotel.name, issuer_nif=hotel.nif)
    one.save()
    one = issue_invoice(one, by=lucia)
    xml = Record.objects.get().xml
    assert "<EmitidaPorTerceroODestinatario>D</EmitidaPorTerceroODestinatario>" in xml
    assert "<Tercero>" not in xml
    assert one.legends == ["Facturación por el destinatario"]
    other = draft("100")
    Series.objects.filter(pk=one.series_id).update(issuer_nif="B98765431")
    other.series = Series.objects.get(pk=one.series_id)
    other.save()
    with pytest.raises(Refused) as refused:
        issue_invoice(other, by=lucia)
    assert refused.value.code == "series_of_another"
    assert Record.objects.count() == 1


def test_the_series_says_who_issues_and_keeps_to_it(as_lucia, lonja, draft, lucia):
    typed = {"use": "ordinary", "code": "G", "name": "Gestoría", "prefix": "G{año}/", "digits": "4"}
    typed |= {"issued_by": "T", "issuer_name": "Gestoría Sala", "is_active": "on"}
    bad = as_lucia.post("/configuracion/series/nueva/", {**typed, "issuer_nif": "B12345670"})
    assert bad.status_code == 422
    own = as_lucia.post("/configuracion/series/nueva/", {**typed, "issuer_nif": lonja.company.nif})
    assert "Ese es el NIF de la empresa" in own.content.decode()
    as_lucia.post("/configuracion/series/nueva/", {**typed, "issuer_nif": "B12345674"})
    series = Series.objects.get(code="G")
    assert (series.issued_by, series.issuer_nif) == ("T", "B12345674")
    one = draft("100")
    one.series = series
    one.save()
    issue_invoice(one, by=lucia)
    changed = {**typed, "issued_by": "", "issuer_nif": ""}
    page = as_lucia.post(f"/configuracion/series/{series.pk}/", changed)
    assert "quién las expide no puede cambiar" in page.content.decode()
