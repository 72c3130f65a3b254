"""Freezing a version, making its private link, and mailing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.models.people import new_token
from lonja.activity import record
from lonja.documents.figures import writing_to
from lonja.files import store
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.mail.outbox import Attach, queue_mail
from lonja.sales import paper
from lonja.sales import snapshot as snapshots
from lonja.sales.actions.approval import refuse_over_limit
from lonja.sales.actions.locking import locked_quote, refuse_if_another_was_chosen
from lonja.sales.actions.signers import make_links, next_link, signers_to_freeze
from lonja.sales.links import link_url
from lonja.sales.models import PublicLink, Quote, QuoteStatus, QuoteVersion
from lonja.sales.paper_totals import tax_name


def publish_quote(quote: Quote, *, by: Membership | None, base_url: str) -> PublicLink:
    """Freeze the current version (content and PDF) and give its private link.

    Publishing what is published gives the same link. `base_url` begins the address that goes into
    the PDF («https://…», without final slash). The PDF is made before the transaction. Raises
    Refused: `quote_empty`, `quote_expired`, `quote_state`, `quote_changed`, `document_failed`,
    `discount_limit`, `alternative_accepted`.
    """
    quote = Quote.objects.select_related("company", "party", "agent__user").get(pk=quote.pk)
    if quote.status == QuoteStatus.SENT:
        return live_link(quote)
    lines = list(quote.lines.all())
    refuse_unless_ready(quote, len(lines))
    refuse_if_another_was_chosen(quote)
    refuse_over_limit(quote, by)
    snapshot = snapshots.take(quote, lines)
    signers = signers_to_freeze(quote)
    token, _hash = new_token()
    now = timezone.now()
    pdf = paper.quote_pdf(snapshot, at=now, link=link_url(token, base_url))
    with transaction.atomic():
        locked = locked_quote(quote)
        if locked.status == QuoteStatus.SENT:  # somebody else pressed the button first
            return live_link(locked)
        if locked.edited != quote.edited or signers_to_freeze(locked) != signers:
            raise Refused(
                "quote_changed",
                _("El presupuesto ha cambiado mientras se preparaba. Revísalo y envíalo otra vez."),
            )
        refuse_if_another_was_chosen(locked)
        locked.move_to(QuoteStatus.SENT)
        version = QuoteVersion.objects.create(
            quote=locked,
            version=locked.version,
            content=snapshot,
            pdf=store(pdf_name(locked), pdf, "application/pdf"),
            signers=signers,
            base_url=base_url[:200],
            created_at=now,
        )
        link = make_links(locked, version, token, expires_at(locked))
        locked.sent_at = now
        locked.save()
        record(
            by,
            "sales.quote_published",
            locked,
            version=locked.version,
            sha256=version.pdf.sha256,
            base=base_url,
        )
    return link


def send_quote(
    quote: Quote, *, by: Membership | None, to: Sequence[str], message: str = "", base_url: str
) -> PublicLink:
    """Publish the quote and queue the mail with the link and the PDF; again: the same link.

    The mail waits in the outbox if there is no server. Raises Refused as `publish_quote`, and
    `email_missing` or `email_invalid`.
    """
    addresses = [check_email(address, field="to") for address in to]
    if not addresses:
        raise Refused(
            "email_missing", _("Escribe el correo de quien tiene que firmar."), field="to"
        )
    link = publish_quote(quote, by=by, base_url=base_url)
    with transaction.atomic():
        quote = Quote.objects.locked(quote)
        version = link.version
        if link.signer_email:  # each signer has a link of their own, that nobody else gets
            addresses = [link.signer_email]
        context = {
            "quote": quote,
            "company": quote.company,
            "snapshot": version.content,
            "greeting": paper.greeting(version.content),
            "message": message.strip(),
            "url": link_url(link.token, base_url),
            "agent": quote.agent,
        }
        language = snapshots.language_of(version.content)
        with writing_to(language) as write:
            numbers = snapshots.figures(version.content)
            context |= {
                "headline": numbers.headline_in(write),
                "tax": tax_name(numbers.parts),
                "valid_until": write.day(quote.valid_until),
            }
            queue_mail(
                to=addresses,
                subject=_("Presupuesto %(number)s de %(company)s")
                % {"number": quote.number, "company": quote.company.display_name},
                text=render_to_string("sales/mail/quote.txt", context),
                html=render_to_string("sales/mail/quote.html", context),
                reply_to=quote.agent.user.email if quote.agent else "",
                about=quote,
                company=quote.company,
                attachments=[Attach.file(version.pdf)],
                kind="sales.quote",
                language=language,
            )
        record(by, "sales.quote_sent", quote, to=addresses, version=quote.version)
    return link


def live_link(quote: Quote) -> PublicLink:
    """The link of the version in force, of whoever signs next.

    Raises Refused("quote_expired") when it is over.
    """
    link = next_link(quote)
    if link is None or not link.is_live(timezone.now()):
        raise _expired(quote)
    return link


def refuse_unless_ready(quote: Quote, lines: int) -> None:
    if not lines:
        raise Refused(
            "quote_empty", _("El presupuesto no tiene ninguna línea. Añade al menos un concepto.")
        )
    if quote.valid_until < quote.company.today():
        raise _expired(quote)


def _expired(quote: Quote) -> Refused:
    return Refused(
        "quote_expired",
        _(
            "El presupuesto %(number)s caducó el %(date)s. Cambia «Válido hasta» en una versión "
            "nueva."
        )
        % {"number": quote.number, "date": f"{quote.valid_until:%d/%m/%Y}"},
        field="valid_until",
    )


def expires_at(quote: Quote) -> datetime:
    """The end of the last valid day, where the company is."""
    after = quote.valid_until + timedelta(days=1)
    return datetime.combine(after, time(0), tzinfo=quote.company.zone)


def pdf_name(quote: Quote, suffix: str = "") -> str:
    return f"{quote.number.replace('/', '-')}{suffix}.pdf"
