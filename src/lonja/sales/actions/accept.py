"""What the last signature of a version brings with it, in the same transaction.

Each step has a savepoint of its own: one that fails is undone alone, logged, and tried again by
the job of the signature (`actions.finish`). The signature stays whatever happens to them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.language import house, speaking_to
from lonja.accounts.prepared import Prepared, Slot
from lonja.activity import record
from lonja.activity.models import Event
from lonja.documents.figures import writing_to
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.mail.outbox import Attach, queue_mail
from lonja.parties.actions.leads import convert_lead
from lonja.sales import signing as reading
from lonja.sales.actions.deposit import bill_deposit
from lonja.sales.actions.handover import ask_for_start
from lonja.sales.actions.offer_moves import win_opportunity
from lonja.sales.actions.send import pdf_name
from lonja.sales.actions.start import start_service
from lonja.sales.links import link_url
from lonja.sales.models import PublicLink, Quote, QuoteStatus, QuoteVersion, Signature
from lonja.sales.paper_totals import tax_name
from lonja.sales.snapshot import language_of

log = logging.getLogger("lonja.sales")

SIGNED_PDF = "sales.signed_pdf"
_whole = Prepared(
    lambda: Quote.objects.select_related("company", "party", "agent__user", "opportunity").filter(
        pk=Slot("pk")
    )
)


def complete_acceptance(quote: Quote, signature: Signature, *, at: datetime) -> None:
    """The quote is accepted, and what follows is done. `quote` is locked by the caller."""
    quote.move_to(QuoteStatus.ACCEPTED)
    quote.accepted_at = at
    if not quote.views:  # whoever signs has seen it, also without JavaScript
        quote.views = 1
        quote.first_viewed_at = quote.last_viewed_at = at
    _keep_chosen(quote, signature)
    quote.save()
    record(
        signature.by,
        "sales.quote_accepted",
        quote,
        signer=signature.signer_name,
        version=signature.version.version,
        code=signature.evidence_code,
    )
    signature.is_followed = follow_up(signature) is None


@house()  # what follows stays written, whatever the signer reads
def follow_up(signature: Signature) -> Exception | None:
    """Do each step that is not done yet. Returns the first error, if any step failed."""
    failure: Exception | None = None
    quote = _quote_of(signature)
    for step in STEPS:
        try:
            with transaction.atomic():
                step(signature, quote)
        except Exception as error:
            log.exception("%s de la firma %s", step.__name__, signature.pk)
            failure = failure or error
    return failure


def _keep_chosen(quote: Quote, signature: Signature) -> None:
    """The amounts of the quote become those of what was signed."""
    numbers = reading.signed_figures(signature)
    quote.base_cents, quote.total_cents = numbers.base_cents, numbers.total_cents
    quote.recurring_base_cents = numbers.recurring_base_cents
    quote.recurring_monthly_cents = numbers.recurring_monthly_cents


def _quote_of(signature: Signature) -> Quote:
    return _whole.get(pk=signature.version.quote_id)


def _is_in_force(quote: Quote, signature: Signature) -> bool:
    return quote.status == QuoteStatus.ACCEPTED and quote.version == signature.version.version


def become_client(signature: Signature, quote: Quote) -> None:
    """A potencial that signs is a client; nothing is typed again."""
    convert_lead(quote.party, by=None, on=quote.company.today(), quote=quote.number)


def win_offer(signature: Signature, quote: Quote) -> None:
    """The oferta of the quote is won, and its other alternatives are closed."""
    if quote.opportunity is not None and _is_in_force(quote, signature):
        win_opportunity(quote.opportunity, by=signature.by, quote=quote, at=signature.signed_at)


def prepare_deposit(signature: Signature, quote: Quote) -> None:
    """The draft of the advance that was signed, if one was."""
    asked = Decimal(signature.version.content.get("deposit_pct") or 0)
    if asked and _is_in_force(quote, signature):
        bill_deposit(quote, by=None, on=quote.company.today())


def start_or_ask(signature: Signature, quote: Quote) -> None:
    """The alta with the date the quote carries; without one, a task for the back office.

    Never before the day it was signed. An alta that is refused (a missing NIF, for instance) is
    said once on the quote's page and leaves the task too: a person has to mend it.
    """
    if not _is_in_force(quote, signature) or quote.service_started_at is not None:
        return
    if quote.service_starts_on is None:
        ask_for_start(quote, at=timezone.now())
        return
    signed_on = signature.signed_at.astimezone(quote.company.zone).date()
    try:
        with transaction.atomic():
            start_service(
                quote,
                by=None,
                starts_on=max(quote.service_starts_on, signed_on, quote.company.today()),
                send_time=quote.service_time,
            )
    except Refused as refused:
        events = Event.objects.filter(target_type="sales.quote", target_id=quote.pk)
        last = events.filter(verb="sales.start_refused").order_by("-id").first()
        if last is None or last.data.get("reason") != str(refused):
            record(None, "sales.start_refused", quote, reason=str(refused), code=refused.code)
        ask_for_start(quote, at=timezone.now(), why=str(refused))


def mail_copies(signature: Signature, quote: Quote) -> None:
    """Queue the signed copy to every signer and to the agent or company, once each.

    The PDF is attached when the mail goes: it may not be made yet.
    """
    version = signature.version
    copy = [Attach.later(SIGNED_PDF, signature.pk, pdf_name(quote, "-firmado"))]
    context = {
        "quote": quote,
        "company": quote.company,
        "signature": signature,
        "snapshot": version.content,
        "first_name": signature.signer_name.split(" ")[0],
    }
    words = {"number": quote.number, "company": quote.company.display_name}
    numbers = reading.signed_figures(signature)
    language = language_of(version.content)
    customers = _customers(quote, signature)
    if customers:
        with writing_to(language) as write:
            context["total"] = numbers.headline_in(write)
            queue_mail(
                to=customers,
                subject=_("Tu copia firmada del presupuesto %(number)s de %(company)s") % words,
                text=render_to_string("sales/mail/signed.txt", context),
                html=render_to_string("sales/mail/signed.html", context),
                reply_to=quote.agent.user.email if quote.agent else "",
                about=quote,
                company=quote.company,
                attachments=copy,
                kind="sales.signed",
                key=f"sales.signed:{signature.pk}:customer",
                language=language,
            )
    ours = quote.agent.user.email if quote.agent else quote.company.email
    if ours:
        with speaking_to(quote.agent):
            context |= {"total": numbers.headline, "tax": tax_name(numbers.parts)}
            queue_mail(
                to=[ours],
                subject=_("%(client)s ha firmado el presupuesto %(number)s")
                % {"client": quote.party.display_name, "number": quote.number},
                text=render_to_string("sales/mail/signed_ours.txt", context),
                about=quote,
                company=quote.company,
                attachments=copy,
                kind="sales.signed",
                key=f"sales.signed:{signature.pk}:ours",
            )


def _customers(quote: Quote, signature: Signature) -> list[str]:
    signers = [one["email"] for one in signature.version.signers]
    known = signers or signature.evidence.get("sent_to") or [quote.email or quote.party.email]
    return list(dict.fromkeys(address for address in known if address))


STEPS: list[Callable[[Signature, Quote], object]] = [
    become_client,
    win_offer,
    start_or_ask,
    prepare_deposit,
    mail_copies,
]


def call_next(signature: Signature, quote: Quote) -> Exception | None:
    """Invite whoever signs next, undone alone if it fails. Returns the error, logged."""
    try:
        with transaction.atomic():
            invite_next(quote, signature.version)
    except Exception as error:
        log.exception("El aviso al siguiente firmante tras la firma %s", signature.pk)
        return error
    return None


def invite_next(quote: Quote, version: QuoteVersion) -> PublicLink | None:
    """Queue the mail to whoever signs next, with their own link; None when nobody is missing.

    Once for each turn: asking again writes nothing.
    """
    signed = set(Signature.objects.filter(version=version).values_list("position", flat=True))
    following = next((one for one in version.signers if one["position"] not in signed), None)
    if following is None:
        return None
    links = PublicLink.objects.filter(version=version, position=following["position"])
    link = links.filter(revoked_at=None).order_by("-id").first()
    if link is None:
        return None
    key = f"sales.turn:{link.pk}"
    if OutgoingMail.objects.filter(key=key).exists():
        return link
    content = version.content
    context = {
        "quote": quote,
        "company": quote.company,
        "signer": following,
        "already": [one for one in reading.signers_of(version) if one["signature"] is not None],
        "url": link_url(link.token, version.base_url),
    }
    language = language_of(content)
    with writing_to(language) as write:
        numbers = reading.version_figures(version)
        context |= {"headline": numbers.headline_in(write), "tax": tax_name(numbers.parts)}
        queue_mail(
            to=[link.signer_email],
            subject=_("Te toca firmar el presupuesto %(number)s de %(company)s")
            % {"number": content["number"], "company": quote.company.display_name},
            text=render_to_string("sales/mail/your_turn.txt", context),
            html=render_to_string("sales/mail/your_turn.html", context),
            reply_to=quote.agent.user.email if quote.agent else "",
            about=quote,
            company=quote.company,
            kind="sales.quote",
            key=key,
            language=language,
        )
    record(None, "sales.quote_sent", quote, to=[link.signer_email], version=version.version)
    return link
