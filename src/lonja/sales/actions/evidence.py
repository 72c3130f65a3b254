"""What proves a signature, put together at the moment of signing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lonja.accounts.language import house
from lonja.accounts.models import Company
from lonja.accounts.prepared import Prepared, Slot
from lonja.activity.models import Event
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.sales import evidence as proof
from lonja.sales import signing as reading
from lonja.sales.biometrics.sealed import CONTENT_TYPE, encrypt
from lonja.sales.models import PublicLink, Quote, TextKind

if TYPE_CHECKING:
    from lonja.sales.actions.sign import Signing

LOGGED = {
    "sales.quote_created": "created",
    "sales.quote_published": "published",
    "sales.quote_sent": "sent",
    "sales.quote_viewed": "viewed",
    "sales.quote_forwarded": "viewed",
    "sales.quote_signed": "signed",
    "sales.code_sent": "code_sent",
    "sales.code_verified": "code_verified",
}
# The evidence of a signature names what came before it, up to this many moments.
MOMENTS = 200
_events = Prepared(
    lambda: Event.objects.filter(
        target_type="sales.quote", target_id=Slot("quote"), verb__in=LOGGED
    ).order_by("-id")[:MOMENTS]
)


@dataclass(frozen=True)
class Evidence:
    content: dict[str, Any]
    options: list[int]
    quantities: dict[str, str]


def sealed_dynamics(company: Company, link: PublicLink, signing: Signing) -> StoredFile | None:
    """The strokes, encrypted for the company's custodian and bound to the document.

    None unless the company keeps them and the signer consented. They are never stored in clear.
    """
    consented = any(text.kind == TextKind.BIOMETRICS for text in signing.consents)
    key = reading.dynamics_key(company) if signing.strokes and consented else None
    if key is None:
        return None
    told = {
        "document_sha256": link.version.pdf.sha256,
        "image_sha256": proof.sha256(signing.picture or b""),
        "number": link.version.content["number"],
        "version": link.version.version,
        "signer": signing.name,
        "nif": signing.nif,
        "signed_at": proof.moment(signing.at),
    }
    payload = json.dumps(signing.strokes, separators=(",", ":")).encode()
    return store(
        "trazo.jwe", encrypt(payload, public_pem=key.public_pem, bound_to=told), CONTENT_TYPE
    )


def evidence_of(
    quote: Quote,
    link: PublicLink,
    signing: Signing,
    *,
    image: StoredFile | None,
    dynamics: StoredFile | None,
) -> Evidence:
    """The log chained up to this signature, and what is asked of it most."""
    version = link.version
    numbers = reading.version_figures(version, signing.chosen, signing.quantities)
    options = sorted(
        line["key"]
        for line in version.content["lines"]
        if (line["optional"] or line.get("group")) and line["key"] in numbers.chosen
    )
    known = {line["key"] for line in version.content["lines"]}
    with house():
        headline = numbers.headline
    quantities = {str(key): told for key, told in signing.quantities.items() if key in known}
    events = _events.all(quote=quote.pk)
    log = proof.chained(
        [
            *_history(events),
            {
                "at": proof.moment(signing.at),
                "what": "accepted",
                "ip": signing.visitor.ip,
                "device": signing.visitor.device,
                "by": signing.by.name if signing.by else "",
                "signer": signing.name,
                "nif": signing.nif,
                "position": link.position,
                "of": version.signatures_needed,
                "identified_by": signing.identified_by,
                **({"code_sent_to": signing.code_sent_to} if signing.code_sent_to else {}),
                "method": "drawn" if image else "typed",
                "document_sha256": version.pdf.sha256,
                "version": version.version,
                "image_sha256": image.sha256 if image else "",
                "dynamics_sha256": dynamics.sha256 if dynamics else "",
                "options": options,
                "quantities": quantities,
                "consents": [text.as_json() for text in signing.consents],
                "device_clock": proof.moment(signing.at_device) if signing.at_device else "",
                "key": signing.key,
                "total": headline,
            },
        ]
    )
    content = {
        "log": log,
        "ip": signing.visitor.ip,
        "device": signing.visitor.device,
        "sent_to": _sent_to(quote, link, events),
        "code_sent_to": signing.code_sent_to,
        "link": link.token_hash[:16],
    }
    return Evidence(content, options, quantities)


def _sent_to(quote: Quote, link: PublicLink, events: Sequence[Event]) -> list[str]:
    """To whom the version was last sent. `events` of the quote, the last one first."""
    if link.signer_email:
        return [link.signer_email]
    verb, version = "sales.quote_sent", link.version.version
    for event in events:
        if event.verb == verb and event.data.get("version") == version:
            return list(event.data.get("to", []))
    if len(events) < MOMENTS:
        return []
    sent = Event.objects.filter(
        target_type="sales.quote", target_id=quote.pk, verb=verb, data__version=version
    ).order_by("-id")
    return first.data.get("to", []) if (first := sent.first()) else []


def _history(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {
            "at": proof.moment(event.at),
            "what": LOGGED[event.verb],
            "ip": event.data.get("ip", ""),
            "device": event.data.get("device", ""),
            "by": event.actor_name,
            **({"signer": event.data["signer"]} if event.data.get("signer") else {}),
            **({"to": event.data["to"]} if event.data.get("to") else {}),
        }
        for event in reversed(events)
    ]
