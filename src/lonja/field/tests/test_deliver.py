"""What comes from the road arrives once, is checked again here, and nothing signed is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from lonja.catalogue.models import PartyPriceList, Product
from lonja.field.models import FieldDelivery, FieldDevice
from lonja.field.tests.house import Telephone, long_ago, only, signature
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.sales.biometrics import sealed
from lonja.sales.models import Quote, QuoteApproval, QuoteSettings, QuoteStatus, Signature
from lonja.sales.tests.signers import custodian, keep_dynamics


def test_a_quote_made_on_the_road_is_a_draft_here(phone: Telephone, shop: Any, marcos: Any) -> None:
    made = phone.make(shop["client"], [(shop["split"], 4), (shop["work"], 4), (shop["plan"], 1)])
    answer = phone.deliver(made)
    assert answer.json()["state"] == "done", answer.content
    quote = Quote.objects.get()
    assert (quote.status, quote.agent, quote.total_cents) == (QuoteStatus.DRAFT, marcos, 420596)
    assert quote.recurring_base_cents == 3500
    assert answer.json()["result"]["number"] == quote.number
    assert [line.unit_price for line in quote.lines.all()] == [689, 180, 35]


def test_the_same_delivery_twice_is_one_quote(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["split"], 12)], signature=signature())
    first, second = phone.deliver(made), phone.deliver(made)
    assert first.json()["result"] == second.json()["result"]
    assert (Quote.objects.count(), Signature.objects.count()) == (1, 1)


def test_the_same_key_with_another_content_is_refused(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)])
    phone.deliver(made)
    altered = phone.make(shop["client"], [(shop["split"], 2)], key=made["key"])
    answer = phone.deliver(altered)
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert Quote.objects.get().lines.get().quantity == 1


def test_what_the_customer_signed_is_signed_here(phone: Telephone, shop: Any) -> None:
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    made = phone.make(
        shop["client"], [(shop["split"], 4)], signature=signature(), starts_on=tomorrow
    )
    answer = phone.deliver(made)
    assert answer.json()["result"]["state"] == "signed"
    signed, quote = Signature.objects.get(), Quote.objects.get()
    assert (quote.status, signed.signer_name) == (QuoteStatus.ACCEPTED, "Carmen Roselló")
    assert "3F7K" in json.dumps(signed.evidence)
    assert quote.service_started_at is not None
    assert only().sealed_payload == ""


def test_both_clocks_are_told_when_that_of_the_telephone_is_wrong(
    shop: Any, as_marcos: Any
) -> None:
    phone = Telephone(as_marcos, clock_ahead=timedelta(days=400))
    made = phone.make(shop["client"], [(shop["split"], 1)])
    phone.deliver(made)
    row = only()
    assert abs(row.made_at - timezone.now()) < timedelta(minutes=5)
    assert row.made_at_device > timezone.now() + timedelta(days=399)
    assert FieldDevice.objects.get().clock_ahead > 399 * 86400


def test_a_new_lead_comes_with_its_quote(phone: Telephone, shop: Any, marcos: Any) -> None:
    new = {"name": "Bar Llevant", "phone": "600111222", "email": "", "nif": "", "notes": "Aire"}
    made = phone.make(None, [(shop["split"], 1)], client={"id": None, "new": new})
    assert phone.deliver(made).json()["state"] == "done"
    party = Party.objects.get(name="Bar Llevant")
    assert (party.stage, party.agent, party.phone) == ("lead", marcos, "+34600111222")
    assert Quote.objects.get().total_cents == 87120  # 720 of the catalogue: a lead has no tarifa


def test_a_lead_that_exists_is_asked_about_and_not_repeated(phone: Telephone, shop: Any) -> None:
    new = {"name": "Hotel Mirador", "phone": "960 000 001"}
    made = phone.make(None, [(shop["work"], 1)], client={"id": None, "new": new})
    conflict = phone.deliver(made).json()["conflict"]
    assert (conflict["kind"], conflict["options"]) == ("lead_duplicate", ["existing", "anyway"])
    assert phone.decide(made, "lead_duplicate", "existing").json()["state"] == "done"
    assert Party.objects.count() == 1
    assert Quote.objects.get().party == shop["client"]


def test_a_price_that_moved_is_told_and_the_salesperson_decides(
    phone: Telephone, shop: Any
) -> None:
    made = phone.make(shop["client"], [(shop["work"], 1)])
    Product.objects.filter(pk=shop["work"].pk).update(price=Decimal("200"))
    conflict = phone.deliver(made).json()["conflict"]
    assert conflict["options"] == ["new_prices", "seen_prices", "discard"]
    assert "217,80" in conflict["text"] and "242,00" in conflict["text"]
    assert Quote.objects.count() == 0
    phone.decide(made, "price_changed", "new_prices")
    assert Quote.objects.get().total_cents == 24200


def test_a_signature_is_kept_with_the_prices_that_the_customer_saw(
    phone: Telephone, shop: Any, lonja: Any
) -> None:
    QuoteSettings.objects.create(company=lonja.company, discount_limits={"sales": "5"})
    made = phone.make(shop["client"], [(shop["work"], 1)], signature=signature())
    Product.objects.filter(pk=shop["work"].pk).update(price=Decimal("300"))
    answer = phone.deliver(made).json()
    assert answer["result"]["state"] == "signed", answer
    assert answer["result"]["notes"] == ["prices_moved"]
    assert (Quote.objects.get().total_cents, QuoteApproval.objects.count()) == (21780, 1)


def test_a_signature_with_prices_too_old_waits_beside_a_draft(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["work"], 1)], signature=signature())
    Product.objects.filter(pk=shop["work"].pk).update(price=Decimal("300"))
    long_ago(phone, 9)
    conflict = phone.deliver(made).json()["conflict"]
    assert (conflict["kind"], conflict["options"]) == ("price_expired", ["ask_again", "draft"])
    assert phone.decide(made, "price_expired", "draft").json()["result"]["state"] == "kept"
    row = only()
    assert (Signature.objects.count(), row.quote.total_cents) == (0, 36300)
    assert row.kept_image.size > 100
    page = phone.door.get(f"/campo/entregas/{row.pk}/firma/")
    assert page.headers["Content-Type"] == "image/png"


def test_a_product_withdrawn_meanwhile_is_decided(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1), (shop["work"], 1)])
    Product.objects.filter(pk=shop["work"].pk).update(is_active=False)
    assert phone.deliver(made).json()["conflict"]["kind"] == "product_withdrawn"
    assert phone.decide(made, "product_withdrawn", "without").json()["state"] == "done"
    assert Quote.objects.get().lines.count() == 1


def test_a_product_withdrawn_after_the_signature_stays_signed(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["work"], 2)], signature=signature())
    Product.objects.filter(pk=shop["work"].pk).update(is_active=False)
    phone.deliver(made)
    answer = phone.decide(made, "product_withdrawn", "as_signed").json()
    assert answer["result"]["state"] == "signed", answer
    line = Quote.objects.get().lines.get()
    assert (line.product, line.concept) == (None, "Instalación y puesta en marcha")


def test_a_forged_discount_does_not_get_past_the_limit(
    phone: Telephone, shop: Any, lonja: Any
) -> None:
    QuoteSettings.objects.create(company=lonja.company, discount_limits={"sales": "10"})
    made = phone.make(shop["client"], [(shop["split"], 1)], signature=signature())
    made["lines"][0]["discount_pct"] = "60"
    phone.seen(made, phone.client(shop["client"].pk))
    conflict = phone.deliver(made).json()["conflict"]
    assert (conflict["kind"], conflict["options"]) == ("discount_limit", ["draft"])
    phone.decide(made, "discount_limit", "draft")
    assert (Signature.objects.count(), Quote.objects.get().status) == (0, QuoteStatus.DRAFT)
    assert QuoteApproval.objects.get().state == "asked"


def test_a_forged_total_is_never_signed(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)], signature=signature())
    made["seen"] = {"base": 100, "total": 121, "recurring": {}}
    assert phone.deliver(made).json()["conflict"]["kind"] == "price_expired"
    assert (Signature.objects.count(), Quote.objects.count()) == (0, 0)


def test_a_blocked_client_gets_no_more_than_a_draft(phone: Telephone, shop: Any) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)], mail=True)
    Party.objects.filter(pk=shop["client"].pk).update(blocked_reason="Debe dos facturas")
    conflict = phone.deliver(made).json()["conflict"]
    assert conflict["kind"] == "client_blocked"
    phone.decide(made, "client_blocked", "draft")
    assert Quote.objects.get().status == QuoteStatus.DRAFT
    assert OutgoingMail.objects.count() == 0


def test_a_client_merged_meanwhile_leads_to_the_one_kept(
    phone: Telephone, shop: Any, marcos: Any
) -> None:
    kept = Party.objects.create(name="Mirador Hoteles", agent=marcos)
    made = phone.make(shop["client"], [(shop["work"], 1)])
    Party.objects.filter(pk=shop["client"].pk).update(merged_into=kept, archived_at=timezone.now())
    assert phone.deliver(made).json()["conflict"]["kind"] == "client_merged"
    assert phone.decide(made, "client_merged", "kept").json()["state"] == "done"
    assert Quote.objects.get().party == kept


def test_an_unsigned_quote_can_be_thrown_away_and_a_signed_one_cannot(
    phone: Telephone, shop: Any
) -> None:
    loose = phone.make(shop["client"], [(shop["work"], 1)])
    signed = phone.make(shop["client"], [(shop["work"], 1)], signature=signature())
    Party.objects.filter(pk=shop["client"].pk).update(blocked_reason="Debe")
    phone.deliver(loose)
    phone.deliver(signed)
    assert phone.decide(loose, "client_blocked", "discard").json()["state"] == "discarded"
    answer = phone.decide(signed, "client_blocked", "discard")
    assert (answer.status_code, answer.json()["code"]) == (409, "choice_unknown")
    assert FieldDelivery.objects.filter(state="conflict").count() == 1


def test_a_mail_goes_to_whoever_signs_later(phone: Telephone, shop: Any) -> None:
    made = phone.make(
        shop["client"], [(shop["split"], 1)], mail=True, email="carmen@mirador.example"
    )
    assert phone.deliver(made).json()["result"]["state"] == "sent"
    phone.deliver(made)
    assert OutgoingMail.objects.get().to == ["carmen@mirador.example"]


@pytest.mark.parametrize("change", [
    {"lines": []}, {"lines": [{"product": 1}]}, {"client": None}, {"key": "x"},
    {"global_discount_pct": "1e3"}, {"global_discount_pct": "-5"}, {"seen": {"total": "12"}},
    {"made_at_device": "ayer"}, {"signature": {"image": "¡"}}, {"title": ["<b>"]},
])  # fmt: skip
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(
    phone: Telephone, shop: Any, change: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)]) | change
    answer = phone.deliver(made)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable")
    assert FieldDelivery.objects.count() == 0


def test_five_megabytes_of_strokes_are_refused_with_words(phone: Telephone, shop: Any) -> None:
    huge = {"v": 1, "pointer": "pen", "strokes": [[[1, 2, 3, 0.5]] * 400_000]}
    made = phone.make(shop["client"], [(shop["split"], 1)], signature=signature(strokes=huge))
    answer = phone.deliver(made)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_big")


def test_what_was_signed_by_a_client_reassigned_meanwhile_stays_signed(
    phone: Telephone, shop: Any, lucia: Any, marcos: Any
) -> None:
    odd = {"surcharge": True, "country": "FR", "nif": "FR123", "email": "sin arroba"}
    Party.objects.filter(pk=shop["client"].pk).update(**odd)  # as some come from an import
    phone.sync()
    new = {"name": shop["client"].name, "nif": "FR123", "email": "sin arroba"}
    made = phone.make(
        shop["client"], [(shop["split"], 1)], signature=signature(),
        client={"id": shop["client"].pk, "new": new},
    )  # fmt: skip
    Party.objects.filter(pk=shop["client"].pk).update(agent=lucia)
    conflict = phone.deliver(made).json()["conflict"]
    assert (conflict["kind"], conflict["options"]) == ("client_gone", ["lead"])
    answer = phone.decide(made, "client_gone", "lead").json()
    assert answer["result"]["state"] == "signed", answer
    written = Signature.objects.get().version.quote.party
    assert (written.nif, written.country, written.surcharge) == ("FR123", "FR", True)
    assert (written.agent, written.email) == (marcos, "")
    assert written != shop["client"]


def test_a_tarifa_changed_meanwhile_does_not_undo_what_was_signed(
    phone: Telephone, shop: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)], signature=signature())
    PartyPriceList.objects.all().delete()
    answer = phone.deliver(made).json()
    assert answer["result"]["state"] == "signed", answer
    assert answer["result"]["notes"] == ["prices_moved"]
    assert Quote.objects.get().total_cents == 83369  # 689 of the tarifa it had, and not 720


def test_a_recargo_taken_away_meanwhile_is_said_and_the_signature_kept(
    phone: Telephone, shop: Any
) -> None:
    Party.objects.filter(pk=shop["client"].pk).update(surcharge=True)
    phone.sync()
    made = phone.make(shop["client"], [(shop["work"], 1)], signature=signature())
    Party.objects.filter(pk=shop["client"].pk).update(surcharge=False)
    told = phone.deliver(made).json()["conflict"]
    assert (told["kind"], told["options"]) == ("taxes_changed", ["ask_again", "draft"])
    assert "ya no lleva recargo de equivalencia" in told["text"]
    seen, now = (told["facts"][name].replace("\xa0", " ") for name in ("seen", "now"))
    assert (seen, now) == ("227,16 €", "217,80 €")
    assert phone.decide(made, "taxes_changed", "draft").json()["result"]["state"] == "kept"
    assert Quote.objects.get().status == QuoteStatus.DRAFT


def test_whoever_signed_with_other_taxes_is_asked_by_mail_to_sign_the_total_of_today(
    phone: Telephone, shop: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 1)], signature=signature())
    PartyPriceList.objects.all().delete()  # its prices hold all the same
    Party.objects.filter(pk=shop["client"].pk).update(surcharge=True)
    assert phone.deliver(made).json()["conflict"]["kind"] == "taxes_changed"
    for _twice in range(2):
        answer = phone.decide(made, "taxes_changed", "ask_again").json()
        assert answer["result"]["state"] == "asked"
    quote, mail = Quote.objects.get(), OutgoingMail.objects.get()
    assert (quote.status, quote.total_cents) == (QuoteStatus.SENT, 86952)  # 689 × 1,262
    assert "¿puedes firmarlo otra vez?" in mail.text
    assert only().kept_image is not None
    assert Signature.objects.count() == 0


def alternatives(phone: Telephone, shop: Any, chosen: str, **more: Any) -> dict[str, Any]:
    """One split and, of two finishes, the one chosen."""
    made = phone.make(shop["client"], [(shop[name], 1) for name in ("split", "work", "pipe")])
    for one, name in zip(made["lines"], ("split", "work", "pipe"), strict=True):
        if name != "split":
            one |= {"group": "Montaje", "optional": True, "chosen": name in chosen}
    return phone.seen({**made, **more}, phone.client(shop["client"].pk))


@pytest.fixture
def pipe(shop: Any) -> Product:
    shop["pipe"] = Product.objects.create(code="TUB", name="Tubería vista", price=Decimal("90"))
    return shop["pipe"]


def test_of_a_group_the_one_chosen_is_what_is_signed(
    pipe: Product, shop: Any, phone: Telephone
) -> None:
    made = alternatives(phone, shop, "pipe", signature=signature())
    assert phone.deliver(made).json()["result"]["state"] == "signed"
    quote, signed = Quote.objects.get(), Signature.objects.get()
    assert (quote.total_cents, signed.chosen_lines) == (94259, [3])  # (689 + 90) × 1,21
    groups = [(one.group, one.optional, one.chosen) for one in quote.lines.all()]
    assert groups == [("", False, True), ("Montaje", True, False), ("Montaje", True, True)]


def test_two_of_a_group_are_never_signed(pipe: Product, shop: Any, phone: Telephone) -> None:
    made = alternatives(phone, shop, "work pipe", signature=signature())
    made["seen"] = {"base": 95900, "total": 116039, "recurring": {}}  # as if both were in
    assert phone.deliver(made).json()["conflict"]["kind"] == "price_expired"
    assert Signature.objects.count() == 0


def test_a_group_left_with_one_by_a_withdrawn_product_is_an_option(
    pipe: Product, shop: Any, phone: Telephone
) -> None:
    made = alternatives(phone, shop, "pipe")
    Product.objects.filter(pk=pipe.pk).update(is_active=False)
    assert phone.deliver(made).json()["conflict"]["kind"] == "product_withdrawn"
    assert phone.decide(made, "product_withdrawn", "without").json()["state"] == "done"
    left = Quote.objects.get().lines.get(product=shop["work"])
    assert (left.group, left.optional, left.chosen) == ("", True, True)


def test_strokes_are_not_kept_while_somebody_decides_and_come_with_the_decision(
    phone: Telephone, shop: Any, lonja: Any
) -> None:
    keep_dynamics(lonja.company)
    consents = {"accept": True, "biometrics": True}
    made = phone.make(shop["client"], [(shop["work"], 2)], signature=signature(consents=consents))
    Product.objects.filter(pk=shop["work"].pk).update(is_active=False)
    phone.deliver(made)
    assert json.loads(only().payload)["signature"]["strokes"] is None
    altered = {**made, "signature": {**made["signature"], "strokes": None}}
    refused = phone.decide(altered, "product_withdrawn", "as_signed")
    assert refused.json()["code"] == "strokes_missing"
    phone.decide(made, "product_withdrawn", "as_signed")
    kept = sealed.decrypt(Signature.objects.get().dynamics.read(), custodian())
    assert json.loads(kept)["strokes"] == made["signature"]["strokes"]["strokes"]


def test_a_consent_that_says_no_is_no_consent(phone: Telephone, shop: Any) -> None:
    made = phone.make(
        shop["client"], [(shop["work"], 1)], signature=signature(consents={"accept": False})
    )
    assert phone.deliver(made).json()["conflict"]["kind"] == "consent_missing"
    assert Signature.objects.count() == 0
