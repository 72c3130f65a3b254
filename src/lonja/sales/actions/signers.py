"""Several signers of a quote, in order, each with a link of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.models.people import new_token
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.kit.text import clean_line
from lonja.sales.models import (
    PublicLink,
    Quote,
    QuoteSigner,
    QuoteStatus,
    QuoteVersion,
    Signature,
)

MOST = 10


@transaction.atomic
def set_signers(
    quote: Quote, signers: Sequence[tuple[str, str]], *, by: Membership
) -> list[QuoteSigner]:
    """Say who signs a draft, in order: (name, e-mail). Empty: whoever has the link, once.

    Raises Refused: `quote_not_draft`, `signers_too_many`, `signer_name`, `email_invalid`,
    `signer_twice`.
    """
    quote = Quote.objects.locked(quote)
    if quote.status != QuoteStatus.DRAFT:
        raise Refused(
            "quote_not_draft",
            _("El presupuesto ya se envió: crea una versión nueva para cambiar quién firma."),
        )
    if len(signers) > MOST:
        raise Refused(
            "signers_too_many", _("Un presupuesto lo firman como mucho %(n)s.") % {"n": MOST}
        )
    rows = []
    for position, (name, email) in enumerate(signers, 1):
        who = clean_line(name)[:120]
        if len(who) < 3:
            raise Refused("signer_name", _("Escribe el nombre y apellidos de quien firma."))
        rows.append(
            QuoteSigner(
                quote=quote, position=position, name=who, email=check_email(email, field="email")
            )
        )
    if len({row.email.lower() for row in rows}) < len(rows):
        raise Refused("signer_twice", _("Cada firmante necesita un correo distinto."))
    QuoteSigner.objects.filter(quote=quote).delete()
    for row in rows:
        row.save(force_insert=True)
    record(by, "sales.signers_set", quote, signers=[row.name for row in rows])
    return rows


def signers_to_freeze(quote: Quote) -> list[dict[str, Any]]:
    return [
        {"position": one.position, "name": one.name, "email": one.email}
        for one in QuoteSigner.objects.filter(quote=quote).order_by("position")
    ]


def make_links(quote: Quote, version: QuoteVersion, token: str, expires_at: datetime) -> PublicLink:
    """A link for each signer of the version; that of the first, with `token`, is returned."""
    signers = version.signers or [{"position": 1, "name": "", "email": ""}]
    links = [
        PublicLink.make(
            quote,
            version,
            token if one["position"] == 1 else new_token()[0],
            expires_at,
            position=one["position"],
            signer_name=one["name"],
            signer_email=one["email"],
        )
        for one in signers
    ]
    return links[0]


def next_link(quote: Quote) -> PublicLink | None:
    """The link of whoever signs next in the version in force; of the last one when all did."""
    links = list(
        PublicLink.objects.select_related("version__pdf")
        .filter(quote=quote, version__version=quote.version, revoked_at=None)
        .order_by("position", "-id")
    )
    signed = set(
        Signature.objects.filter(version__quote=quote, version__version=quote.version).values_list(
            "position", flat=True
        )
    )
    return next((one for one in links if one.position not in signed), links[-1] if links else None)


@transaction.atomic
def revoke_link(link: PublicLink, *, by: Membership) -> PublicLink:
    """Close the link of a signer and make another with the same place, date and address.

    For a mail that went to the wrong hands. Raises Refused("already_signed").
    """
    quote = Quote.objects.locked(link.quote_id)
    if Signature.objects.filter(version_id=link.version_id, position=link.position).exists():
        raise Refused("already_signed", _("Ese enlace ya se usó para firmar."))
    old = PublicLink.objects.filter(pk=link.pk, revoked_at=None)
    if not old.update(revoked_at=timezone.now()):
        newer = PublicLink.objects.filter(
            version_id=link.version_id, position=link.position, revoked_at=None
        )
        return newer.get()
    fresh = PublicLink.make(
        quote,
        QuoteVersion.objects.get(pk=link.version_id),
        new_token()[0],
        link.expires_at,
        position=link.position,
        signer_name=link.signer_name,
        signer_email=link.signer_email,
    )
    record(by, "sales.link_renewed", quote, signer=link.signer_name)
    return fresh
