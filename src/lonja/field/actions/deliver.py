"""What a device made becomes a quote, once: made, signed or sent, whatever the network does.

Three steps, each of which may be repeated: the row of the key is claimed, the quote is written with
it in one transaction, and then it is signed or mailed, which are exactly-once by themselves. A
device that got no answer sends the same again and hears the same.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.activity import record
from lonja.field import payloads
from lonja.field.actions.judge import judge
from lonja.field.actions.moved import Conflict, Verdict
from lonja.field.actions.write import capture, respect_what_was_seen, written
from lonja.field.models import DeliveryState, FieldDelivery, FieldDevice
from lonja.files import store
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.sales.actions import (
    ask_approval,
    finish_acceptance,
    publish_quote,
    send_quote,
    sign_here,
)
from lonja.sales.models import Quote, Signature

log = logging.getLogger("lonja.field")


@dataclass(frozen=True)
class Contact:
    """Where a delivery came from, and when."""

    now: datetime
    ip: str
    agent: str
    base_url: str


def receive(
    device: FieldDevice, company: Company, data: dict[str, Any], contact: Contact
) -> FieldDelivery:
    """Take in what a device delivers and do it, or say what has to be decided.

    The same key again gives the first result. Raises Refused: `unreadable`, `key_reused` (another
    content under the same key), and what no decision mends.
    """
    delivery = claim(device, company, data, contact.now)
    if delivery.is_settled or delivery.state == DeliveryState.CONFLICT:
        return delivery
    return settle(delivery, contact, payloads.strokes_of(data))


def claim(
    device: FieldDevice, company: Company, data: dict[str, Any], now: datetime
) -> FieldDelivery:
    """The row of the key, made if it is the first time."""
    key, sent = payloads.key_of(data), payloads.read(data)
    digest = payloads.fingerprint(data)
    made, made_device = payloads.clocks(data, now)
    delivery = FieldDelivery(
        organisation=device.organisation,
        device=device,
        member=device.member,
        company=company,
        key=key,
        payload_sha256=digest,
        reference=sent["reference"] or key[:4].upper(),
        client_name=(sent["client"]["new"] or {}).get("name", "")[:120],
        signed=sent["signature"] is not None,
        received_at=now,
        made_at=made,
        made_at_device=made_device,
    )
    # How the signature was drawn is for the key of its custodian only (RGPD art. 9): it is not kept
    # in between, the device sends it again with the decision.
    delivery.keep_payload(json.dumps(payloads.without_strokes(data)))
    try:
        with transaction.atomic():
            delivery.save()
    except IntegrityError:
        delivery = FieldDelivery.objects.get(key=key)
    if delivery.payload_sha256 != digest or delivery.member_id != device.member_id:
        raise Refused(
            "key_reused",
            _("Ya llegó otro presupuesto con esa misma clave. No se ha cambiado nada."),
        )
    return delivery


def decide(
    delivery: FieldDelivery,
    *,
    kind: str,
    choice: str,
    contact: Contact,
    strokes: dict[str, Any] | None = None,
) -> FieldDelivery:
    """Answer the conflict of a delivery. `strokes`: again those of its signature, if it has them.

    Raises Refused: `choice_unknown` for another answer, `strokes_missing` when they are not those
    that came with it.
    """
    with transaction.atomic():
        delivery = FieldDelivery.objects.locked(delivery)
        if delivery.is_settled:
            return delivery
        known = delivery.conflict
        if known.get("kind") != kind or choice not in known.get("options", []):
            raise Refused("choice_unknown", _("Esa opción ya no vale. Actualiza y elige otra vez."))
        payloads.refuse_other_strokes(json.loads(delivery.payload), strokes)
        if choice == "discard":
            return _discard(delivery, contact.now)
        delivery.decision = choice
        delivery.conflict = {"chosen": {**known.get("chosen", {}), kind: choice}}
        delivery.state = DeliveryState.RECEIVED
        delivery.save()
    return settle(delivery, contact, strokes)


def _discard(delivery: FieldDelivery, now: datetime) -> FieldDelivery:
    delivery.decision = "discard"
    delivery.state = DeliveryState.DISCARDED
    delivery.sealed_payload, delivery.finished_at = "", now
    delivery.result = {"state": "discarded"}
    delivery.save()
    record(delivery.member, "field.discarded", delivery, reference=delivery.reference)
    return delivery


def settle(
    delivery: FieldDelivery, contact: Contact, strokes: dict[str, Any] | None = None
) -> FieldDelivery:
    """Take a delivery as far as it goes: to its end, or to what a person has to decide."""
    sent = payloads.read(json.loads(delivery.payload))
    if sent["signature"] is not None and strokes is not None:
        sent["signature"]["strokes"] = strokes
    try:
        delivery, quote = _write(delivery, sent)
    except Conflict as conflict:
        return _wait(delivery, conflict)
    except Refused:  # nothing was done: the device mends it and sends it again
        FieldDelivery.objects.filter(pk=delivery.pk, quote=None, finished_at=None).delete()
        raise
    if delivery.is_settled or quote is None:
        return delivery
    try:
        signature = _carry_out(delivery, quote, sent, contact)
    except Refused as refused:
        return _wait(delivery, Conflict(refused.code, str(refused), ["draft"]))
    if signature is not None:
        try:
            finish_acceptance(signature)
        except Exception:  # signed all the same: the job enqueued with the signature goes on
            log.exception("Tras la firma %s", signature.pk)
    return FieldDelivery.objects.select_related("quote").get(pk=delivery.pk)


@transaction.atomic
def _wait(delivery: FieldDelivery, conflict: Conflict) -> FieldDelivery:
    delivery = FieldDelivery.objects.locked(delivery)
    if delivery.is_settled:
        return delivery
    delivery.state = DeliveryState.CONFLICT
    delivery.conflict = {**conflict.as_json(), "chosen": delivery.conflict.get("chosen", {})}
    delivery.save()
    return delivery


@transaction.atomic
def _write(delivery: FieldDelivery, sent: dict[str, Any]) -> tuple[FieldDelivery, Quote | None]:
    """The quote of the delivery, written once with its client."""
    delivery = FieldDelivery.objects.locked(delivery)
    chosen = delivery.conflict.get("chosen", {})
    if delivery.is_settled:
        return delivery, None
    if delivery.quote_id is not None:
        if "draft" in chosen.values() and delivery.result.get("plan") != "draft":
            delivery.result = {**delivery.result, "plan": "draft"}
            delivery.save(update_fields=["result"])
        return delivery, Quote.objects.get(pk=delivery.quote_id)
    verdict = judge(delivery, sent, chosen)
    party = verdict.party or capture(delivery, sent, chosen)
    quote = written(delivery, sent, verdict, party)
    if verdict.plan != "draft":
        _refuse_other_total(quote, verdict, chosen, signed=delivery.signed)
    delivery.quote, delivery.client_name = quote, party.display_name[:120]
    delivery.result = {"plan": verdict.plan, "notes": verdict.notes}
    delivery.save()
    record(
        delivery.member,
        "field.delivered",
        quote,
        reference=delivery.reference,
        device=delivery.device.name,
        made_at=(delivery.made_at or delivery.received_at).isoformat(),
        made_at_device=delivery.made_at_device.isoformat() if delivery.made_at_device else "",
        seen_sha256=(sent["signature"] or {}).get("seen_sha256", ""),
    )
    if verdict.plan in ("sign", "mail", "ask_again") and "prices_moved" in verdict.notes:
        respect_what_was_seen(quote, delivery)
    return delivery, quote


def _refuse_other_total(
    quote: Quote, verdict: Verdict, chosen: dict[str, str], *, signed: bool
) -> None:
    """The quote as written costs what was promised, or nothing is written."""
    if (quote.total_cents, quote.base_cents) == (
        verdict.expected["total"],
        verdict.expected["base"],
    ):
        return
    if chosen.get("total_differs") == "draft":
        verdict.plan = "draft"
        return
    text = _("El total no sale igual aquí que en el dispositivo: revisa el presupuesto.")
    raise Conflict("total_differs", text, ["draft"] if signed else ["draft", "discard"])


# --- the end --------------------------------------------------------------------------------------
def _carry_out(
    delivery: FieldDelivery, quote: Quote, sent: dict[str, Any], contact: Contact
) -> Signature | None:
    plan = delivery.result["plan"]
    signature = None
    if plan == "sign":
        signature = _sign(delivery, quote, sent["signature"], sent, contact)
    elif plan in ("mail", "ask_again"):
        publish_quote(quote, by=delivery.member, base_url=contact.base_url)
    first = _finish(delivery, plan, sent, contact)
    return signature if first else None


def _sign(
    delivery: FieldDelivery,
    quote: Quote,
    given: dict[str, Any],
    sent: dict[str, Any],
    contact: Contact,
) -> Signature:
    options = [line.position for line in quote.lines.all() if line.optional and line.chosen]
    device = _("%(device)s, sin conexión, provisional %(reference)s. %(agent)s") % {
        "device": delivery.device.name,
        "reference": delivery.reference,
        "agent": clean_line(contact.agent),
    }
    return sign_here(
        quote,
        by=delivery.member,
        signer_name=given["name"],
        signer_nif=given["nif"],
        image=given["image"],
        strokes=given["strokes"],
        chosen=options,
        quantities={},
        consents=given["consents"],
        device=device[:300],
        signed_at_device=given["at_device"],
        at=contact.now,
        key=f"field:{delivery.key}",
        ip=contact.ip,
        base_url=contact.base_url,
    )


@transaction.atomic
def _finish(delivery: FieldDelivery, plan: str, sent: dict[str, Any], contact: Contact) -> bool:
    """Write down what came of it. False: the same delivery, sent twice at once, did it before."""
    delivery = FieldDelivery.objects.locked(delivery)
    if delivery.is_settled:
        return False
    quote = Quote.objects.select_related("party", "company").get(pk=delivery.quote_id)
    told = {"sign": "signed", "mail": "sent", "ask_again": "asked"}.get(plan, "draft")
    if plan == "ask_again":
        _keep_signature(delivery, quote, sent["signature"])
    if plan in ("mail", "ask_again"):
        to = sent["email"] or quote.email or quote.party.email
        send_quote(
            quote,
            by=delivery.member,
            to=[to] if to else [],
            message=_(
                "Desde que lo firmaste el total ha cambiado. Este es el de hoy: ¿puedes firmarlo "
                "otra vez?"
            )
            if plan == "ask_again"
            else "",
            base_url=contact.base_url,
        )
    if plan == "draft":
        if sent["signature"] is not None:
            _keep_signature(delivery, quote, sent["signature"])
            told = "kept"
        if delivery.conflict.get("chosen", {}).get("discount_limit") == "draft":
            ask_approval(quote, by=delivery.member, reason=_("Desde la aplicación de campo"))
    delivery.state = DeliveryState.DONE
    delivery.finished_at = contact.now
    delivery.sealed_payload = ""
    delivery.result = {
        "state": told,
        "quote": quote.pk,
        "number": quote.number,
        "party": quote.party_id,
        "client": quote.party.display_name,
        "notes": delivery.result.get("notes", []),
    }
    delivery.save()
    return True


def _keep_signature(delivery: FieldDelivery, quote: Quote, given: dict[str, Any]) -> None:
    """The signature that could not be used, beside the draft: who, when, what they had seen."""
    if given["image"]:
        delivery.kept_image = store("firma-pendiente.png", given["image"], "image/png")
    record(
        delivery.member,
        "field.signature_kept",
        quote,
        signer=given["name"],
        reference=delivery.reference,
        nif=given["nif"],
        signed_at_device=given["at_device"].isoformat() if given["at_device"] else "",
        seen_sha256=given["seen_sha256"],
        image_sha256=delivery.kept_image.sha256 if delivery.kept_image else "",
    )
