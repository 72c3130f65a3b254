"""The certificate: whose it is, whether it opens, and for how long."""

from __future__ import annotations

import pytest

from lonja.accounts.secrets import BrokenSecret
from lonja.fiscal.actions.certificates import check_certificate, keep_certificate, warn_of_expiry
from lonja.fiscal.certificates import read_holder
from lonja.fiscal.models import Certificate
from lonja.fiscal.tests.conftest import NIF, PASSWORD
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail


def refused(company, content, password=PASSWORD, **more) -> str:
    with pytest.raises(Refused) as caught:
        check_certificate(company, content, password, **{"is_representative": False, **more})
    return caught.value.code


def test_what_is_not_a_certificate_of_the_company_is_refused(server, lonja):
    make, company = server.authority.pkcs12, lonja.company
    good = make("CLIMA LEVANTE SL", NIF, PASSWORD)
    assert refused(company, good, "otra") == "certificate_password"
    assert refused(company, b"%PDF-1.7 no soy un certificado") == "certificate_unreadable"
    assert refused(company, good[:300]) in ("certificate_unreadable", "certificate_password")
    assert refused(company, b"x" * 300_000) == "certificate_size"
    expired = make("CLIMA LEVANTE SL", NIF, PASSWORD, days=(-400, -1))
    assert refused(company, expired) == "certificate_expired"
    early = make("CLIMA LEVANTE SL", NIF, PASSWORD, days=(2, 400))
    assert refused(company, early) == "certificate_early"
    foreign = make("OTRA CASA SL", "B12345674", PASSWORD)
    assert refused(company, foreign) == "certificate_foreign"
    assert check_certificate(company, foreign, PASSWORD, is_representative=True).nif == "B12345674"


def test_seals_and_representatives_are_known(server):
    make = server.authority.pkcs12
    seal = read_holder(make("CLIMA LEVANTE SL", NIF, PASSWORD, is_seal=True), PASSWORD)
    assert seal.is_seal
    person = read_holder(
        make("CLIMA LEVANTE SL", NIF, PASSWORD, person=("LUCIA FERRER", "12345678Z")), PASSWORD
    )
    assert person.nifs == {NIF, "12345678Z"}
    assert not person.is_seal


def test_it_is_kept_sealed_and_only_in_its_place(certificate, server, lonja, lucia):
    assert PASSWORD not in certificate.sealed_content
    assert certificate.content()[1] == PASSWORD
    again = server.authority.pkcs12("CLIMA LEVANTE SL", NIF, "otra contraseña")
    other = keep_certificate(
        lonja.company, again, "otra contraseña", is_representative=False, by=lucia
    )
    certificate.refresh_from_db()
    assert (certificate.is_current, certificate.sealed_content) == (False, "")
    moved = Certificate.objects.get(pk=other.pk)
    moved.pk = certificate.pk
    with pytest.raises(BrokenSecret):
        moved.content()


@pytest.mark.parametrize(("days", "said"), [(29, "29 días"), (14, "14 días"), (0.9, "caduca")])
def test_its_end_is_warned_once_each_time(server, lonja, lucia, days, said):
    content = server.authority.pkcs12("CLIMA LEVANTE SL", NIF, PASSWORD, days=(-1, days))
    keep_certificate(lonja.company, content, PASSWORD, is_representative=False, by=lucia)
    assert warn_of_expiry() == 1
    assert warn_of_expiry() == 0
    assert said in OutgoingMail.objects.get().subject


def test_a_certificate_far_from_its_end_warns_nobody(certificate):
    assert warn_of_expiry() == 0
