"""Who may carry what, and how a device is shut out."""

from __future__ import annotations

from typing import Any

from tests.cast import OrganisationClient, make_member

from lonja.accounts.models import Role
from lonja.field.models import FieldDevice, FieldSnapshot
from lonja.field.tests.house import Telephone, signature
from lonja.parties.models import Party
from lonja.sales.models import Quote


def test_a_device_takes_only_the_clients_of_its_member(
    phone: Telephone, shop: Any, lucia: Any
) -> None:
    Party.objects.create(name="De otra agente", agent=lucia)
    phone.sync()
    assert [one["name"] for one in phone.data["clients"]] == ["Hotel Mirador de la Bahía"]
    boss = Telephone(OrganisationClient(lucia))
    assert {one["name"] for one in boss.data["clients"]} == {
        "De otra agente",
        "Hotel Mirador de la Bahía",
    }


def test_costs_travel_only_to_whoever_may_see_them(phone: Telephone, as_lucia: Any) -> None:
    assert not any("cost" in one for one in phone.data["catalogue"])
    assert any(one.get("cost") == "410" for one in Telephone(as_lucia).data["catalogue"])


def test_what_did_not_change_is_not_sent_again(phone: Telephone) -> None:
    assert "data" not in phone.sync().json()
    assert FieldSnapshot.objects.count() == 1


def test_a_revoked_device_neither_syncs_nor_delivers(
    phone: Telephone, shop: Any, as_lucia: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)], signature=signature())
    device = FieldDevice.objects.get()
    as_lucia.post(f"/campo/dispositivos/{device.pk}/revocacion/")
    for answer in (phone.sync(), phone.deliver(made)):
        assert (answer.status_code, answer.json()["code"]) == (410, "device_revoked")
    assert Quote.objects.count() == 0
    as_lucia.post(f"/campo/dispositivos/{device.pk}/permiso/")
    assert phone.deliver(made).json()["state"] == "done"


def test_a_salesperson_revokes_their_own_device_and_nobody_else_s(
    phone: Telephone, as_marcos: Any, as_lucia: Any, marcos: Any
) -> None:
    theirs = Telephone(as_lucia)
    row = FieldDevice.objects.get(uuid=theirs.uuid)
    assert as_marcos.post(f"/campo/dispositivos/{row.pk}/revocacion/").status_code == 404
    own = FieldDevice.objects.get(member=marcos)
    as_marcos.post(f"/campo/dispositivos/{own.pk}/revocacion/")
    own.refresh_from_db()
    assert own.revoked_at is not None
    assert as_marcos.post(f"/campo/dispositivos/{own.pk}/permiso/").status_code == 403


def test_a_device_of_somebody_else_delivers_nothing(
    phone: Telephone, shop: Any, as_lucia: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)])
    thief = Telephone(as_lucia)
    thief.uuid = phone.uuid
    assert thief.deliver(made).status_code == 410


def test_clients_and_products_of_others_are_not_sold(
    phone: Telephone, shop: Any, lucia: Any
) -> None:
    other = Party.objects.create(name="De Lucía", agent=lucia)
    made = phone.make(shop["client"], [(shop["split"], 1)])
    foreign = {**made, "client": {"id": other.pk, "new": None}}
    assert phone.deliver(foreign).json()["conflict"]["kind"] == "client_gone"
    ghost = phone.make(shop["client"], [(shop["split"], 1)])
    ghost["lines"][0]["product"] = 999_999
    assert phone.deliver(ghost).json()["code"] == "product_unknown"
    assert Quote.objects.count() == 0


def test_a_shared_tablet_gives_each_their_own_device_and_no_more(
    phone: Telephone, as_lucia: Any, marcos: Any
) -> None:
    own, key = phone.uuid, FieldDevice.objects.get().key
    tablet = {"have": "", "name": "Tableta", "clock": None}
    for _again in range(3):
        answer = as_lucia.post(
            "/campo/sincronizacion/", {"device": own, **tablet}, content_type="application/json"
        )
        assert set(answer.json()) == {"member"}
    assert FieldDevice.objects.count() == 1
    Telephone(as_lucia)
    back = phone.sync().json()
    assert (back["device"], back["key"], back["member"]) == (own, key, marcos.pk)
    assert FieldDevice.objects.count() == 2


def test_who_does_not_sell_has_no_application(lonja: Any) -> None:
    reader = OrganisationClient(make_member(lonja, "Rita Lectora", Role.READONLY))
    assert reader.get("/campo/").status_code == 403
    assert reader.post("/campo/sincronizacion/", "{}", content_type="text/json").status_code == 403


def test_the_page_its_manifest_and_its_worker_hold_no_data(
    phone: Telephone, as_marcos: Any
) -> None:
    for path in ("/campo/", "/campo/aplicacion.webmanifest", "/campo/sw.js"):
        answer = as_marcos.get(path)
        assert answer.status_code == 200
        assert "Mirador" not in answer.content.decode()
    told = as_marcos.get("/campo/aplicacion.webmanifest").json()
    assert told["scope"] == told["start_url"] == "/clima-levante/campo/"
    assert "javascript" in as_marcos.get("/campo/sw.js").headers["Content-Type"]


def test_a_sync_asks_the_database_a_bounded_number_of_times(
    phone: Telephone, marcos: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Party.objects.create(name=f"Bar {number}", agent=marcos)
    with django_assert_max_num_queries(45):
        phone.sync()


def test_the_office_sees_the_devices(phone: Telephone, as_lucia: Any) -> None:
    page = as_lucia.get("/campo/dispositivos/").content.decode()
    assert "Teléfono de pruebas" in page and "Revocar" in page
