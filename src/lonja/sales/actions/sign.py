"""What the customer does with a private link: ask, reject, sign."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.activity.models import Event
from lonja.files import store
from lonja.jobs import enqueue_at
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif, normalise
from lonja.kit.text import clean_block, clean_line
from lonja.mail.outbox import queue_mail
from lonja.parties.models import Party, Stage
from lonja.sales import evidence as proof
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, Quote, QuoteStatus, Signature
from lonja.sales.snapshot import figures

MAX_IMAGE_BYTES = 400_000
MAX_IMAGE_SIDE = 4000
# The PDF and the alta follow at once; if the process dies, a job does them after this.
SAFETY_NET = timedelta(seconds=60)
FINISH = "lonja.sales.jobs.finish_signature"  # by name: jobs stand above actions
LOGGED = {
    "sales.quote_created": "created",
    "sales.quote_published": "published",
    "sales.quote_sent": "sent",
    "sales.quote_viewed": "viewed",
    "sales.quote_forwarded": "viewed",
}


def accept_quote(
    link: PublicLink,
    *,
    signer_name: str,
    signer_nif: str,
    image: bytes | None,
    chosen: Collection[int],
    consent_text: str,
    visitor: Visitor,
    at: datetime,
) -> Signature:
    """Sign the version of the link, once and for ever.

    `image` is the PNG of the drawn signature; None: the typed name is the signature. `chosen` are
    the keys of the optional lines. One transaction writes the signature with its evidence, the
    state, the client and the job that makes the signed PDF and the alta: a failure of those cannot
    lose the signature. Signing what is signed gives the first signature. Raises Refused:
    `link_revoked`, `link_expired`, `quote_rejected`, `signer_name`, `nif_*`, `signature_image`.
    """
    name = clean_line(signer_name)[:120]
    if len(name) < 3:
        raise Refused("signer_name", _("Escribe tu nombre y apellidos."), field="nombre")
    picture = _checked_picture(image) if image is not None else None
    try:
        with transaction.atomic():
            quote = Quote.objects.locked(link.quote_id)
            link = PublicLink.objects.select_related("version__pdf").get(pk=link.pk)
            done = Signature.objects.filter(version=link.version).first()
            if done is not None:
                return done
            refuse_unless_open(quote, link, at)
            nif = _checked_nif(signer_nif, quote.party)
            signature = _sign(quote, link, name, nif, picture, chosen, consent_text, visitor, at)
            quote.move_to(QuoteStatus.ACCEPTED)
            quote.accepted_at = at
            if not quote.views:  # whoever signs has seen it, also without JavaScript
                quote.views = 1
                quote.first_viewed_at = quote.last_viewed_at = at
            _keep_chosen(quote, signature)
            quote.save()
            _become_client(quote)
            record(
                None,
                "sales.quote_accepted",
                quote,
                signer=name,
                version=link.version.version,
                code=signature.evidence_code,
            )
            enqueue_at(task_at(FINISH), at + SAFETY_NET, signature_id=signature.pk)
    except IntegrityError:
        done = Signature.objects.filter(version=link.version).first()
        if done is None:
            raise
        return done
    return signature


def _sign(
    quote: Quote,
    link: PublicLink,
    name: str,
    nif: str,
    picture: bytes | None,
    chosen: Collection[int],
    consent_text: str,
    visitor: Visitor,
    at: datetime,
) -> Signature:
    version = link.version
    image = store("firma.png", picture, "image/png") if picture is not None else None
    numbers = figures(version.content, chosen)
    options = sorted(
        line["key"]
        for line in version.content["lines"]
        if line["optional"] and line["key"] in numbers.chosen
    )
    log = proof.chained(
        [
            *_history(quote),
            {
                "at": proof.moment(at),
                "what": "accepted",
                "ip": visitor.ip,
                "device": visitor.device,
                "signer": name,
                "nif": nif,
                "method": "drawn" if image else "typed",
                "document_sha256": version.pdf.sha256,
                "version": version.version,
                "image_sha256": image.sha256 if image else "",
                "options": options,
                "consent": consent_text,
                "total": numbers.headline,
            },
        ]
    )
    sent = Event.objects.filter(
        target_type="sales.quote", target_id=quote.pk, verb="sales.quote_sent"
    ).order_by("-id")
    return Signature.objects.create(
        version=version,
        signer_name=name,
        signer_nif=nif,
        method="drawn" if image else "typed",
        image=image,
        chosen_lines=options,
        consent_text=consent_text,
        document_sha256=version.pdf.sha256,
        evidence={
            "log": log,
            "ip": visitor.ip,
            "device": visitor.device,
            "sent_to": (first.data.get("to", []) if (first := sent.first()) else []),
            "link": link.token_hash[:16],
        },
        evidence_code=proof.code_of(log),
        signed_at=at,
    )


def _history(quote: Quote) -> list[dict[str, Any]]:
    events = Event.objects.filter(
        target_type="sales.quote", target_id=quote.pk, verb__in=LOGGED
    ).order_by("id")
    return [
        {
            "at": proof.moment(event.at),
            "what": LOGGED[event.verb],
            "ip": event.data.get("ip", ""),
            "device": event.data.get("device", ""),
            "by": event.actor_name,
        }
        for event in events[:200]
    ]


def _keep_chosen(quote: Quote, signature: Signature) -> None:
    """The amounts of the quote become those of what was signed."""
    numbers = figures(signature.version.content, signature.chosen_lines)
    quote.base_cents, quote.total_cents = numbers.base_cents, numbers.total_cents
    quote.recurring_base_cents = numbers.recurring_base_cents
    quote.recurring_monthly_cents = numbers.recurring_monthly_cents


def _become_client(quote: Quote) -> None:
    party = Party.objects.locked(quote.party_id)
    if party.stage != Stage.LEAD:
        return
    party.stage = Stage.CLIENT
    party.client_since = party.client_since or quote.company.today()
    party.save()
    record(None, "parties.converted", party, quote=quote.number)


def refuse_unless_open(quote: Quote, link: PublicLink, at: datetime) -> None:
    """Raise Refused unless the version of the link can still be answered."""
    if link.revoked_at is not None:
        raise Refused(
            "link_revoked", _("Hay una versión más nueva de este presupuesto: esta ya no vale.")
        )
    if quote.status == QuoteStatus.REJECTED:
        raise Refused("quote_rejected", _("Este presupuesto se rechazó. Pide uno actualizado."))
    if not link.is_live(at):
        raise Refused("link_expired", _("Este presupuesto ha caducado. Pide uno actualizado."))
    if quote.status != QuoteStatus.SENT:
        raise Refused("quote_state", _("Este presupuesto ya no se puede firmar."))


def _checked_nif(text: str, party: Party) -> str:
    if party.country == "ES":
        return check_nif(text, field="nif").value
    value = normalise(text)[:20]
    if not value:
        raise Refused("nif_missing", _("Escribe tu documento de identidad."), field="nif")
    return value


def _checked_picture(content: bytes) -> bytes:
    """The drawing saved again as a clean PNG. Raises Refused when it is not one, or is empty."""
    bad = Refused(
        "signature_image",
        _("Firma en el recuadro o escribe tu nombre."),
        field="firma",
    )
    if not content or len(content) > MAX_IMAGE_BYTES:
        raise bad
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as opened:
            if max(opened.size) > MAX_IMAGE_SIDE:
                raise bad
            drawing = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise bad from error
    inked = drawing.getchannel("A").getbbox()
    if inked is None or (inked[2] - inked[0] < 8 and inked[3] - inked[1] < 8):
        raise bad
    out = io.BytesIO()
    drawing.crop(inked).save(out, "PNG", optimize=True)
    return out.getvalue()


@transaction.atomic
def reject_quote(
    quote: Quote,
    *,
    reason: str,
    by: Membership | None = None,
    link: PublicLink | None = None,
    visitor: Visitor | None = None,
    at: datetime,
) -> Quote:
    """Mark it rejected, by the customer (with the link) or lost by a member. Twice is once."""
    quote = Quote.objects.locked(quote)
    if quote.status == QuoteStatus.REJECTED:
        return quote
    if link is not None:
        refuse_unless_open(quote, PublicLink.objects.get(pk=link.pk), at)
    quote.move_to(QuoteStatus.REJECTED)
    quote.rejected_at = at
    quote.reject_reason = clean_line(reason)[:300]
    quote.save()
    data = {"ip": visitor.ip, "device": visitor.device} if visitor else {}
    record(by, "sales.quote_rejected", quote, reason=quote.reject_reason, **data)
    if link is not None:
        _tell_agent(
            quote,
            subject=_("%(client)s ha rechazado el presupuesto %(number)s"),
            text=_("Motivo: %(text)s")
            % {"text": quote.reject_reason or _("no ha dicho el motivo")},
            key=f"sales.rejected:{quote.pk}:{quote.version}",
        )
    return quote


@transaction.atomic
def ask_agent(link: PublicLink, *, text: str, name: str, email: str, visitor: Visitor) -> None:
    """Turn a question of the customer into a mail to the agent. The same question goes once."""
    quote = Quote.objects.select_related("company", "agent__user", "party").get(pk=link.quote_id)
    question = clean_block(text)[:4000]
    if len(question) < 3:
        raise Refused("question_empty", _("Escribe tu pregunta."), field="pregunta")
    digest = hashlib.sha256(f"{quote.version}:{question}".encode()).hexdigest()[:20]
    sent = _tell_agent(
        quote,
        subject=_("%(client)s pregunta por el presupuesto %(number)s"),
        text=f"{question}\n\n{clean_line(name)[:120]}",
        key=f"sales.question:{quote.pk}:{digest}",
        reply_to=email,
    )
    if (
        sent
        and not Event.objects.filter(
            target_type="sales.quote",
            target_id=quote.pk,
            verb="sales.quote_question",
            data__digest=digest,
        ).exists()
    ):
        record(None, "sales.quote_question", quote, question=question[:500], digest=digest)


def _tell_agent(quote: Quote, *, subject: str, text: str, key: str, reply_to: str = "") -> bool:
    """Queue a mail to the agent, or to the company when there is none. False: nobody to tell."""
    to = quote.agent.user.email if quote.agent else quote.company.email
    if not to:
        return False
    queue_mail(
        to=[to],
        subject=subject % {"client": quote.party.display_name, "number": quote.number},
        text=text,
        about=quote,
        company=quote.company,
        reply_to=reply_to,
        kind="sales.notice",
        key=key,
    )
    return True


def consent_for(link: PublicLink) -> str:
    """The sentence the customer accepts, naming whom they answer for."""
    content = link.version.content
    recipient = content["recipient"]
    words = {"number": content["number"], "client": recipient["name"].removesuffix(".")}
    if recipient["is_person"]:
        return _("Acepto el presupuesto %(number)s y sus condiciones.") % words
    return _("Acepto el presupuesto %(number)s y sus condiciones en nombre de %(client)s.") % words
