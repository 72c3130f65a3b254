"""What follows a signature: signed PDF, copies by mail, alta. Every step may run again."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.activity.models import Event
from lonja.files import store
from lonja.kit.errors import Refused
from lonja.mail.outbox import Attach, queue_mail
from lonja.sales import paper
from lonja.sales.actions.send import pdf_name
from lonja.sales.actions.start import start_service
from lonja.sales.models import Quote, QuoteStatus, Signature, SignedDocument
from lonja.sales.snapshot import figures

log = logging.getLogger("lonja.sales")


def finish_acceptance(signature: Signature) -> bool:
    """Make the signed PDF, queue its copies to both parties and start the service if dated.

    Each step stands alone and is done once, however often this runs. A step that fails does not
    stop the others: it is logged and the first error is raised at the end, for the job to retry.
    """
    steps: list[Callable[[Signature], object]] = [signed_document, mail_copies, start_if_dated]
    failure: Exception | None = None
    for step in steps:
        try:
            step(signature)
        except Exception as error:
            log.exception("%s de la firma %s", step.__name__, signature.pk)
            failure = failure or error
    if failure is not None:
        raise failure
    return True


def signed_document(signature: Signature) -> SignedDocument:
    """The signed PDF, made now if it is not yet."""
    done = SignedDocument.objects.select_related("pdf").filter(signature=signature).first()
    if done is not None:
        return done
    signature = Signature.objects.select_related(
        "image", "version__pdf", "version__quote__company"
    ).get(pk=signature.pk)
    content = paper.signed_pdf(signature)
    try:
        with transaction.atomic():
            file = store(pdf_name(signature.version.quote, "-firmado"), content, "application/pdf")
            return SignedDocument.objects.create(signature=signature, pdf=file)
    except IntegrityError:  # made at the same time elsewhere
        return SignedDocument.objects.select_related("pdf").get(signature=signature)


@transaction.atomic
def mail_copies(signature: Signature) -> None:
    """Queue the signed copy to the customer and to the agent or company, once each."""
    document = SignedDocument.objects.select_related("pdf").get(signature=signature)
    version = signature.version
    quote = Quote.objects.select_related("company", "agent__user", "party").get(pk=version.quote_id)
    total = figures(version.content, signature.chosen_lines).headline
    context = {
        "quote": quote,
        "company": quote.company,
        "signature": signature,
        "snapshot": version.content,
        "total": total,
        "first_name": signature.signer_name.split(" ")[0],
    }
    words = {"number": quote.number, "company": quote.company.display_name}
    customer = list(
        dict.fromkeys(signature.evidence.get("sent_to") or [quote.email or quote.party.email])
    )
    if any(customer):
        queue_mail(
            to=[address for address in customer if address],
            subject=_("Tu copia firmada del presupuesto %(number)s de %(company)s") % words,
            text=render_to_string("sales/mail/signed.txt", context),
            html=render_to_string("sales/mail/signed.html", context),
            reply_to=quote.agent.user.email if quote.agent else "",
            about=quote,
            company=quote.company,
            attachments=[Attach.file(document.pdf)],
            kind="sales.signed",
            key=f"sales.signed:{signature.pk}:customer",
        )
    ours = quote.agent.user.email if quote.agent else quote.company.email
    if ours:
        queue_mail(
            to=[ours],
            subject=_("%(client)s ha firmado el presupuesto %(number)s")
            % {"client": quote.party.display_name, "number": quote.number},
            text=render_to_string("sales/mail/signed_ours.txt", context),
            about=quote,
            company=quote.company,
            attachments=[Attach.file(document.pdf)],
            kind="sales.signed",
            key=f"sales.signed:{signature.pk}:ours",
        )


def start_if_dated(signature: Signature) -> None:
    """Alta with the date the quote carries; never before the day it was signed."""
    quote = Quote.objects.select_related("company").get(pk=signature.version.quote_id)
    dated = quote.service_starts_on
    current = quote.status == QuoteStatus.ACCEPTED and quote.version == signature.version.version
    if dated is None or not current or quote.service_started_at is not None:
        return
    signed_on = signature.signed_at.astimezone(quote.company.zone).date()
    try:
        start_service(
            quote,
            by=None,
            starts_on=max(dated, signed_on),
            send_time=quote.service_time,
        )
    except Refused as refused:
        # A person has to mend it (a missing NIF, for instance): said once on the quote's page.
        events = Event.objects.filter(target_type="sales.quote", target_id=quote.pk)
        last = events.order_by("-id").first()
        if last is None or last.data.get("reason") != str(refused):
            record(None, "sales.start_refused", quote, reason=str(refused), code=refused.code)
