"""Every kind of invoice, with annulments and subsanaciones, accepted by the agency as it comes."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from lonja.billing.actions.void import void_invoice
from lonja.billing.models import Invoice
from lonja.billing.tests import test_kinds
from lonja.config.verification import verify
from lonja.fiscal.actions.mending import amend
from lonja.fiscal.models import Record
from lonja.fiscal.tests.conftest import drain

make, issued_kind = test_kinds.make, test_kinds.issued
WHY = "Se emitió dos veces por error"


def _one(rng: Random, issued: Any, free: list[Invoice]) -> Invoice:
    """An invoice of any kind; those that name others name one that nothing has touched."""
    kind = rng.choice(["ordinary", "simplified", "qualified", "recap", "substitute", *RECTIFYING])
    price = f"{rng.randrange(1000, 20000) / 100:.2f}"
    full = [i for i in free if i.kind in ("ordinary", "recap")]
    receipts = [i for i in free if i.kind == "simplified"]
    if kind == "substitute" and receipts:
        free.remove(receipts[-1])
        return issued(kind, price=str(receipts[-1].base_cents / 100), names=[receipts[-1]])
    if kind == "r5" and receipts:
        free.remove(receipts[-1])
        return issued(kind, price="-1.50", names=[receipts[-1]], correction="I")
    if kind in ("r1", "r2", "r3", "r4") and full:
        original = rng.choice(full)
        free.remove(original)
        if rng.random() < 0.5:
            return issued(kind, price="-2.25", names=[original], correction="I")
        amounts = {
            "corrected_base_cents": original.base_cents,
            "corrected_tax_cents": original.tax_cents,
        }
        return issued(kind, price="7.77", names=[original], correction="S", **amounts)
    one = issued(kind if kind in ("simplified", "qualified", "recap") else "ordinary", price=price)
    free.append(one)
    return one


RECTIFYING = ("r1", "r2", "r3", "r4", "r5")


@pytest.mark.parametrize("seed", [3, 2026])
def test_a_random_season_of_every_kind_has_not_one_error(
    seed, agency, certificate, issued_kind, lucia, lonja
):
    rng, free = Random(seed), []
    for _n in range(60):
        one = _one(rng, issued_kind, free)
        chance = rng.random()
        if chance < 0.15:
            drain()
            amend(one, {"description": "Mantenimiento preventivo"}, by=lucia)
        elif chance < 0.3 and free:
            void_invoice(free.pop(rng.randrange(len(free))), reason=WHY, by=lucia)
    drain()
    states = Counter(Record.objects.values_list("state", flat=True))
    wrong = list(Record.objects.exclude(state="accepted").values_list("number", "error_code")[:5])
    assert set(states) == {"accepted"}, wrong
    assert len(set(Record.objects.values_list("invoice_type", flat=True))) >= 7
    assert verify(lonja.slug, files=False).problems == []


def test_voiding_ends_the_matter_of_a_rejected_alta(agency, certificate, issued_kind, lucia):
    from lonja.fiscal.reports import unmended
    from lonja.fiscal.verifactu.agency import Mode

    one = issued_kind("ordinary")
    agency.then(Mode("reject", "1110", every=1))
    drain()
    assert unmended(one.company).count() == 1
    void_invoice(one, reason=WHY, by=lucia)
    assert unmended(one.company).count() == 0


def test_a_certificate_of_an_authority_the_agency_does_not_know_is_refused(
    server, lonja, lucia, issued_kind, tmp_path
):
    from lonja.fiscal.actions.certificates import keep_certificate
    from lonja.fiscal.models import Channel
    from lonja.fiscal.tests.conftest import NIF, PASSWORD, send
    from lonja.fiscal.verifactu.agency import Authority

    content = Authority(tmp_path / "otra").pkcs12("CLIMA LEVANTE SL", NIF, PASSWORD)
    keep_certificate(lonja.company, content, PASSWORD, is_representative=False, by=lucia)
    issued_kind("ordinary")
    assert send().error_code == "certificate_refused"
    assert Record.objects.get().state == "pending"
    assert "no admite el certificado" in Channel.objects.get().problem
