"""Two parties that were the same become one, and nothing issued changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lonja.kit.errors import Refused
from lonja.parties import merging
from lonja.parties.actions.clients import put_tags
from lonja.parties.actions.leads import capture_lead, merge_parties
from lonja.parties.actions.merge import undo_merge
from lonja.parties.models import Contact, Party, PartyMerge
from lonja.parties.tests.cast import make_client


def test_every_reference_moves_or_says_why_it_stays() -> None:
    locked = {one.label for one in merging.references() if one.is_locked}
    declared = {label for label, rule in merging.declared().items() if not rule.blocks}
    assert not locked - declared, "A locked reference cannot move: declare `merging.stays`"
    assert not set(merging.declared()) - {one.label for one in merging.references()}


def test_what_pointed_to_the_other_points_to_the_kept(lucia: Any) -> None:
    kept = make_client(nif="B12345674")
    other = capture_lead({"name": "Carmen", "company": "Mirador", "notes": "Aire"}, by=lucia)
    put_tags(kept, ["Costa"])
    put_tags(other, ["Costa", "Hoteles"])
    merge_parties(kept, other, by=lucia)
    other.refresh_from_db()
    kept.refresh_from_db()
    assert other.merged_into == kept and other.archived_at
    assert kept.contacts.get().name == "Carmen" and kept.notes == "Aire"
    assert sorted(kept.party_tags.values_list("tag__name", flat=True)) == ["Costa", "Hoteles"]


def test_the_chosen_values_stay_and_the_lack_is_filled(lucia: Any) -> None:
    kept = make_client("Mirador SL", email="a@mirador.example")
    other = make_client("Mirador, S.L.", nif="B12345674", email="b@mirador.example")
    merge_parties(kept, other, by=lucia, take=["name"])
    kept.refresh_from_db()
    assert (kept.name, kept.nif, kept.email) == ("Mirador, S.L.", "B12345674", "a@mirador.example")


def test_a_merge_is_undone(lucia: Any, marcos: Any) -> None:
    kept, other = make_client("Mirador SL"), make_client("Miramar", nif="B12345674", agent=marcos)
    contact = Contact.objects.create(party=other, name="Carmen", is_main=True)
    own = Contact.objects.create(party=kept, name="Luis", is_main=True)
    undo_merge(merge_parties(kept, other, by=lucia), by=lucia)
    for one in (kept, other, contact, own):
        one.refresh_from_db()
    assert contact.party == other and contact.is_main and own.is_main
    assert (kept.nif, other.nif, other.agent) == ("", "B12345674", marcos)
    assert other.merged_into is None and other.archived_at is None


def test_a_chain_of_merges_ends_in_the_last_one(lucia: Any) -> None:
    one, two, three = make_client("Uno"), make_client("Dos"), make_client("Tres")
    first = merge_parties(two, one, by=lucia)
    second = merge_parties(three, two, by=lucia)
    one.refresh_from_db()
    assert one.merged_into == three and set(merging.family_of(three)) == {one.pk, two.pk, three.pk}
    with pytest.raises(Refused, match="deshaz primero"):
        undo_merge(first, by=lucia)
    undo_merge(second, by=lucia)
    undo_merge(first, by=lucia)
    assert not Party.objects.filter(merged_into__isnull=False).exists()
    with pytest.raises(Refused):
        merge_parties(one, one, by=lucia)


def test_two_that_share_a_phone_are_offered_joined_and_undone(as_lucia: Any) -> None:
    kept = make_client("Hotel Mirador, S.L.", nif="B12345674", phone="+34965780000")
    other = make_client("Mirador Hotel", phone="+34965780000", city="Dénia")
    shown = as_lucia.get("/clientes/duplicados/").content.decode()
    assert "Tiene el mismo teléfono" in shown
    path = f"/clientes/{kept.pk}/union/{other.pk}/"
    assert "En qué difieren" in as_lucia.get(path).content.decode()
    answer = as_lucia.post(path, {"valor-name": "other"})
    kept.refresh_from_db()
    assert answer.headers["Location"].endswith(f"/clientes/{kept.pk}/")
    assert (kept.name, kept.city) == ("Mirador Hotel", "Dénia")
    assert as_lucia.get(f"/clientes/{other.pk}/").headers["Location"].endswith(f"/{kept.pk}/")
    assert "Aquí se unió la ficha" in as_lucia.get(f"/clientes/{kept.pk}/").content.decode()
    as_lucia.post(f"/clientes/uniones/{PartyMerge.objects.get().pk}/deshecho/")
    kept.refresh_from_db()
    assert (kept.name, kept.city) == ("Hotel Mirador, S.L.", "")


def test_two_said_different_are_not_offered_again(as_lucia: Any) -> None:
    one, two = make_client("Bar Pepe"), make_client("Bar Pepe, S.L.")
    assert "Bar Pepe, S.L." in as_lucia.get("/clientes/duplicados/").content.decode()
    as_lucia.post(f"/clientes/{two.pk}/distinto/{one.pk}/")
    assert "Bar Pepe, S.L." not in as_lucia.get("/clientes/duplicados/").content.decode()


def test_merging_is_by_permission_and_never_across_houses(
    as_marcos: Any, as_nuria: Any, marcos: Any
) -> None:
    one, two = make_client("Uno", agent=marcos), make_client("Dos", agent=marcos)
    assert as_marcos.post(f"/clientes/{one.pk}/union/{two.pk}/").status_code == 403
    assert as_nuria.post(f"/clientes/{one.pk}/union/{two.pk}/").status_code == 404
    assert not PartyMerge.objects.exists()


def test_the_history_of_both_is_read_together(as_lucia: Any, lucia: Any) -> None:
    from lonja.activity import record

    kept, other = make_client("Uno"), make_client("Dos")
    record(lucia, "parties.blocked", other, reason="No pagaba")
    merge_parties(kept, other, by=lucia)
    page = as_lucia.get(f"/clientes/{kept.pk}/?tab=actividad").content.decode()
    assert "No pagaba" in page and "unió aquí la ficha de Dos" in page


def test_pairs_cost_the_same_queries(
    as_lucia: Any, lucia: Any, django_assert_max_num_queries: Any
) -> None:
    from lonja.parties import same

    for n in range(30):
        make_client(f"Cliente {n}", phone=f"+346123456{n // 2:02}")
    with django_assert_max_num_queries(10):
        assert len(same.pairs(lucia)) == 15


def test_a_foreign_nif_moves_with_its_country(lucia: Any) -> None:
    kept = make_client("Mirador SL")
    other = make_client("Mirador SARL", nif="FR40303265045", id_type="02", country="FR")
    merge = merge_parties(kept, other, by=lucia)
    kept.refresh_from_db()
    assert (kept.nif, kept.id_type, kept.country) == ("FR40303265045", "02", "FR")
    undo_merge(merge, by=lucia)
    kept.refresh_from_db()
    assert (kept.nif, kept.country) == ("", "ES")


def test_those_merged_before_follow_the_agent_of_the_kept_and_return_with_theirs(
    lucia: Any, marcos: Any
) -> None:
    first, middle = make_client("Uno", agent=marcos), make_client("Dos", agent=marcos)
    kept = make_client("Tres", agent=lucia)
    merge_parties(middle, first, by=lucia)
    merge = merge_parties(kept, middle, by=lucia)
    first.refresh_from_db()
    assert first.agent == lucia
    undo_merge(merge, by=lucia)
    first.refresh_from_db()
    assert (first.merged_into, first.agent) == (middle, marcos)


def test_what_differs_is_read_as_people_write_it(as_lucia: Any) -> None:
    kept = make_client("Mirador SL", nif="B12345674")
    other = make_client(
        "Mirador GmbH",
        country="DE",
        language="en",
        tax_category="intracomunitaria",
        risk_limit_cents=120000,
        withholding_pct=Decimal("15"),
        client_since=date(2021, 3, 1),
        einvoice_consent_on=date(2024, 5, 9),
    )
    page = as_lucia.get(f"/clientes/{kept.pk}/union/{other.pk}/").content.decode()
    for said in (
        "Alemania",
        "English",
        "Entrega intracomunitaria",
        "1.200,00",
        "01/03/2021",
        "09/05/2024",
    ):
        assert said in page, said
    assert "15\N{NO-BREAK SPACE}%" in page
