"""Signing a version, by its private link or in front of a member."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lonja.accounts.models import Membership
from lonja.accounts.prepared import Prepared, Slot
from lonja.activity import record
from lonja.files import store
from lonja.jobs import enqueue_at
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif, normalise
from lonja.kit.languages import DEFAULT
from lonja.kit.text import clean_line
from lonja.parties.models import Party
from lonja.sales import legal
from lonja.sales import signing as reading
from lonja.sales.actions import codes
from lonja.sales.actions.accept import call_next, complete_acceptance
from lonja.sales.actions.evidence import evidence_of, sealed_dynamics
from lonja.sales.actions.locking import locked_quote, refuse_if_another_was_chosen
from lonja.sales.actions.send import live_link, publish_quote
from lonja.sales.biometrics.strokes import check_strokes
from lonja.sales.evidence import Visitor, code_of
from lonja.sales.models import PublicLink, Quote, QuoteStatus, Signature, TextKind

MAX_IMAGE_BYTES = 400_000
MAX_IMAGE_SIDE = 4000
_BAD_PICTURE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
# The PDF follows at once; if the process dies, a job makes it after this.
SAFETY_NET = timedelta(seconds=60)
FINISH = "lonja.sales.jobs.finish_signature"  # by name: jobs stand above actions

_link = Prepared(
    lambda: PublicLink.objects.select_related(
        "quote__company", "quote__party", "version__pdf"
    ).filter(pk=Slot("pk"))
)
_link_again = Prepared(
    lambda: PublicLink.objects.select_related("version__pdf", "version__quote").filter(
        pk=Slot("pk")
    )
)
_with_key = Prepared(
    lambda: Signature.objects.select_related("version").filter(
        key=Slot("key"), version__quote_id=Slot("quote")
    )
)
_of_version = Prepared(
    lambda: Signature.objects.filter(version_id=Slot("version")).order_by("position")
)


@dataclass(frozen=True)
class Signing:
    """What a signer did, whichever door it came through, already checked."""

    name: str
    nif: str
    picture: bytes | None
    strokes: dict[str, Any] | None
    chosen: frozenset[int]
    quantities: dict[int, str]
    consents: list[legal.Text]
    visitor: Visitor
    at: datetime
    at_device: datetime | None = None
    key: str = ""
    identified_by: str = "link"
    code_sent_to: str = ""  # the mailbox that the one-time code proved
    by: Membership | None = None


def accept_quote(
    link: PublicLink,
    *,
    signer_name: str,
    signer_nif: str,
    image: bytes | None,
    chosen: Collection[int],
    consents: Mapping[str, Any],
    visitor: Visitor,
    at: datetime,
    quantities: Mapping[int, Any] | None = None,
    strokes: dict[str, Any] | None = None,
    signed_at_device: datetime | None = None,
    key: str = "",
    code: str = "",
) -> Signature:
    """Sign the version of the link in the place of its signer, once and for ever.

    `image` is the PNG of the drawn signature; None: the typed name is the signature. `chosen` are
    the keys of the optional lines, `quantities` the ones the customer changed (key of the line →
    quantity). `consents` tells which texts were accepted: kind (`accept`, `biometrics`) → version
    shown, which has to be the one in force, or True for it. `strokes` (see
    `sales.biometrics.strokes`) are kept, encrypted, only if the company asked for them and
    `biometrics` was consented. `code` is the one-time code, when the company asks for one. `key` is
    made by the page before sending.

    One transaction writes the signature with its evidence and, when it is the last one that was
    missing, all that follows (`actions.accept`), and the job that makes the signed PDF: a failure
    of that cannot lose the signature. Signing what is signed, or with the same key, gives the
    first signature. Raises Refused: `link_revoked`, `link_expired`, `quote_rejected`, `not_yet`
    (others sign before), `alternative_accepted`, `signer_name`, `nif_*`, `signature_image`,
    `strokes_*`, `consent_missing`, `consent_changed`, `code_*`.
    """
    done = signed_before(link, key)
    if done is not None:
        return done
    drawn = _checked_picture(image) if image is not None else None
    link = _link.get(pk=link.pk)
    quote = link.quote
    refuse_unless_open(quote, link, at)
    refuse_unless_turn(link)
    _refuse_changed(link, consents)
    identified, mailbox = "link", ""
    if reading.asks_code(quote.company, typed=drawn is None):
        identified, mailbox = "code", codes.verify_code(link, code, at=at).sent_to
    return _sign_once(
        link,
        Signing(
            name=_checked_name(signer_name),
            nif=_checked_nif(signer_nif, quote.party),
            picture=drawn,
            strokes=check_strokes(strokes) if strokes is not None and drawn is not None else None,
            chosen=frozenset(chosen),
            quantities=_checked_quantities(quantities),
            consents=_checked_consents(link, consents),
            visitor=visitor,
            at=at,
            at_device=signed_at_device,
            key=_checked_key(key),
            identified_by=identified,
            code_sent_to=mailbox,
        ),
    )


def sign_here(
    quote: Quote,
    *,
    by: Membership,
    signer_name: str,
    signer_nif: str,
    image: bytes | None,
    strokes: dict[str, Any] | None,
    chosen: Collection[int],
    quantities: Mapping[int, Any] | None,
    consents: Mapping[str, Any],
    device: str,
    signed_at_device: datetime | None,
    at: datetime,
    key: str,
    ip: str = "",
    base_url: str = "",
) -> Signature:
    """Sign in front of a member, on their device: the version is published first if it is not.

    Exactly once for each `key`: sending it again, also much later, gives the same signature. The
    arguments are those of `accept_quote`; `device` describes the device, `by` is who was there.
    Raises Refused as `publish_quote` and `accept_quote`, and `key_used` when the key is of another
    quote.
    """
    done = Signature.objects.select_related("version").filter(key=_checked_key(key)).first()
    if done is not None:
        if done.version.quote_id != quote.pk:
            raise Refused("key_used", _("Esa firma ya se guardó en otro presupuesto."))
        return done
    drawn = _checked_picture(image) if image is not None else None
    name = _checked_name(signer_name)
    party = Party.objects.get(pk=quote.party_id)
    nif = _checked_nif(signer_nif, party)
    checked = check_strokes(strokes) if strokes is not None and drawn is not None else None
    quote = Quote.objects.get(pk=quote.pk)
    if quote.status == QuoteStatus.ACCEPTED:
        last = Signature.objects.filter(
            version__quote=quote, version__version=quote.version
        ).order_by("position")
        if (signed := last.last()) is not None:
            return signed
    publish_quote(quote, by=by, base_url=base_url or settings.PUBLIC_URL)
    link = live_link(quote)
    return _sign_once(
        link,
        Signing(
            name=name,
            nif=nif,
            picture=drawn,
            strokes=checked,
            chosen=frozenset(chosen),
            quantities=_checked_quantities(quantities),
            # The device of the member speaks Spanish, whatever the client reads.
            consents=_checked_consents(link, consents, language=DEFAULT),
            visitor=Visitor(ip, clean_line(device)[:300]),
            at=at,
            at_device=signed_at_device,
            key=_checked_key(key),
            identified_by="person",
            by=by,
        ),
    )


def signed_before(link: PublicLink, key: str = "") -> Signature | None:
    """The signature that this link gave already, or the one with this key on the same quote."""
    done = reading.signature_of(link)
    if done is None and key:
        done = _with_key.first(key=key[:64], quote=link.quote_id)
    return done


def _sign_once(link: PublicLink, signing: Signing) -> Signature:
    try:
        return _sign(link, signing)
    except IntegrityError:
        done = signed_before(link, signing.key)
        if done is None:
            raise
        return done


@transaction.atomic
def _sign(link: PublicLink, signing: Signing) -> Signature:
    quote = locked_quote(link.quote_id)
    link = _link_again.get(pk=link.pk)
    done = signed_before(link, signing.key)
    if done is not None:
        return done
    refuse_unless_open(quote, link, signing.at)
    refuse_unless_turn(link)
    refuse_if_another_was_chosen(quote)
    version = link.version
    before = _of_version.all(version=version.pk)
    if before:  # the options were chosen by whoever signed first
        chosen, asked = frozenset(before[0].chosen_lines), before[0].asked
        signing = replace(signing, chosen=chosen, quantities=asked)
    image = store("firma.png", signing.picture, "image/png") if signing.picture else None
    dynamics = sealed_dynamics(quote.company, link, signing)
    evidence = evidence_of(quote, link, signing, image=image, dynamics=dynamics)
    signature = Signature.objects.create(
        version=version,
        position=link.position,
        key=signing.key,
        signer_name=signing.name,
        signer_nif=signing.nif,
        method="drawn" if image else "typed",
        identified_by=signing.identified_by,
        by=signing.by,
        image=image,
        dynamics=dynamics,
        chosen_lines=evidence.options,
        quantities=evidence.quantities,
        consent_text="\n\n".join(text.text for text in signing.consents),
        consents=[text.as_json() for text in signing.consents],
        document_sha256=version.pdf.sha256,
        evidence=evidence.content,
        evidence_code=code_of(evidence.content["log"]),
        signed_at=signing.at,
        signed_at_device=signing.at_device,
    )
    if len(before) + 1 >= version.signatures_needed:
        complete_acceptance(quote, signature, at=signing.at)
    else:
        record(
            signing.by,
            "sales.quote_signed",
            quote,
            signer=signing.name,
            version=version.version,
            code=signature.evidence_code,
        )
        signature.is_followed = call_next(signature, quote) is None
    enqueue_at(task_at(FINISH), signing.at + SAFETY_NET, signature_id=signature.pk)
    return signature


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


def refuse_unless_turn(link: PublicLink) -> None:
    """Raise Refused("not_yet") while somebody has to sign before the signer of the link."""
    before = reading.pending_before(link)
    if before:
        raise Refused(
            "not_yet",
            _("Antes tiene que firmar %(name)s. Te avisaremos por correo cuando te toque.")
            % {"name": before[0]["name"]},
        )


def _checked_name(text: str) -> str:
    name = clean_line(text)[:120]
    if len(name) < 3:
        raise Refused("signer_name", _("Escribe tu nombre y apellidos."), field="nombre")
    return name


def _checked_nif(text: str, party: Party) -> str:
    if party.country == "ES":
        return check_nif(text, field="nif").value
    value = normalise(text)[:20]
    if not value:
        raise Refused("nif_missing", _("Escribe tu documento de identidad."), field="nif")
    return value


def _checked_key(key: str) -> str:
    return clean_line(key)[:64]


def _checked_quantities(quantities: Mapping[int, Any] | None) -> dict[int, str]:
    return {int(key): str(value) for key, value in (quantities or {}).items()}


def _checked_consents(
    link: PublicLink, consents: Mapping[str, Any], *, language: str = ""
) -> list[legal.Text]:
    """The texts accepted, the acceptance itself first. Raises Refused("consent_missing")."""
    accepted = consents.get("accept")
    if accepted is None or accepted is False:  # 0 is a version: the text of Lonja
        raise Refused(
            "consent_missing",
            _("Marca la casilla para aceptar el presupuesto."),
            field="consiento",
        )
    given = {kind: value for kind, value in consents.items() if value is not False}
    return reading.texts_for(link, given, language=language)


def _refuse_changed(link: PublicLink, consents: Mapping[str, Any]) -> None:
    """Raise Refused("consent_changed") for a text that is not the one in force: by link nobody
    chooses which text they accept, nor leaves one out. Only a device that was offline
    (`sign_here`) brings an older one."""
    company, content = link.quote.company, link.version.content
    kinds = {
        "accept": legal.acceptance_kind(content),
        "conditions": TextKind.CONDITIONS,
        "biometrics": TextKind.BIOMETRICS,
    }
    for name, kind in kinds.items():
        told = consents.get(name)
        if told is None or isinstance(told, bool):
            continue
        number, body = legal.text_in_force(company, kind)
        if told != number and (body or told != 0):
            raise Refused(
                "consent_changed",
                _(
                    "El texto ha cambiado: léelo otra vez. Si lo aceptas, marca la casilla de "
                    "nuevo; tu firma no se ha borrado."
                ),
                field="consiento",
            )


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
            opened.load()
            drawing = opened if opened.mode == "RGBA" else opened.convert("RGBA")
    except (*_BAD_PICTURE, OSError, ValueError, SyntaxError) as error:
        raise bad from error
    inked = drawing.getchannel("A").getbbox()
    if inked is None or (inked[2] - inked[0] < 8 and inked[3] - inked[1] < 8):
        raise bad
    out = io.BytesIO()
    # Nearly all of it is nothing: to look harder for what repeats takes longer and saves 1 kB.
    drawing.crop(inked).save(out, "PNG", compress_level=3)
    return out.getvalue()
