"""What the customer does on its page, and the links that open it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Q
from django.db.models.functions import Cast, Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.accounts.scope import current_organisation_id
from lonja.activity import record
from lonja.billing import dispatch
from lonja.billing.mail_texts import ACCESS
from lonja.billing.models import CustomerLink, FollowUp, Invoice
from lonja.kit.errors import Refused
from lonja.kit.languages import known
from lonja.mail import queue_mail
from lonja.mail.texts import Composer
from lonja.parties.merging import family_of
from lonja.parties.models import Party

ACCESS_DAYS = 30
_MOST = 5


@transaction.atomic
def record_open(invoice: Invoice, *, at: datetime) -> None:
    """A person has the invoice on screen: their browser says so. The first time is history."""
    row, _new = FollowUp.objects.get_or_create(invoice=invoice)
    FollowUp.objects.filter(pk=row.pk).update(opens=F("opens") + 1, last_opened_at=at)
    if FollowUp.objects.filter(pk=row.pk, opened_at=None).update(opened_at=at):
        record(None, "billing.opened", invoice, number=invoice.number)


@transaction.atomic
def record_download(invoice: Invoice, *, at: datetime) -> None:
    """A person pressed «Descargar»."""
    row, _new = FollowUp.objects.get_or_create(invoice=invoice)
    FollowUp.objects.filter(pk=row.pk).update(downloads=F("downloads") + 1)
    if FollowUp.objects.filter(pk=row.pk, downloaded_at=None).update(downloaded_at=at):
        record(None, "billing.downloaded", invoice, number=invoice.number)


@transaction.atomic
def change_expiry(link: CustomerLink, days: int, *, by: Membership) -> None:
    """Let the link open for so many days from now. Raises Refused when it was closed."""
    moment = timezone.now() + timedelta(days=days)
    done = CustomerLink.objects.filter(pk=link.pk, revoked_at=None).update(expires_at=moment)
    if not done:
        raise Refused("link_closed", _("Ese enlace se cerró. Haz otro."))
    record(by, "billing.link_extended", link.invoice, until=moment.date().isoformat())


def parties_with(email: str) -> list[Party]:
    """The clients with invoices that have that address, in any of its uses."""
    email = email.strip().lower()
    quoted = f'"{email}"'
    lists = {
        name: Lower(Cast(name, CharField()))
        for name in ("invoice_emails", "quote_emails", "reminder_emails")
    }
    rows = Party.objects.filter(merged_into=None)
    rows = rows.annotate(**{f"{name}_text": what for name, what in lists.items()})
    wanted = Q(email__iexact=email)
    for name in lists:
        wanted |= Q(**{f"{name}_text__contains": quoted})
    return list(rows.filter(wanted).order_by("pk")[:_MOST])


def send_access(email: str, *, base_url: str = "") -> int:
    """Mail to that address a link to the invoices of each client that has it. Returns how many.

    Whoever asks learns nothing: only the owner of the mailbox sees whether there was anything.
    """
    if not dispatch.link_url("x", base_url):
        return 0
    composer = Composer(ACCESS)
    sent = 0
    for party in parties_with(email):
        issued = Invoice.objects.issued().filter(party__in=family_of(party))
        companies = issued.values("company_id").distinct()
        for company in Company.objects.filter(pk__in=companies):
            with transaction.atomic():
                _send_link(party, company, email, composer, base_url)
            sent += 1
    return sent


def _send_link(
    party: Party, company: Company, email: str, composer: Composer, base_url: str
) -> None:
    link = CustomerLink.make(
        current_organisation_id(),
        company_id=company.pk,
        party_id=party.pk,
        with_account=True,
        expires_at=timezone.now() + timedelta(days=ACCESS_DAYS),
    )
    language = known(party.language)
    values: dict[str, Any] = {
        "empresa": company.display_name,
        "enlace": dispatch.link_url(link.token, base_url),
        "dias": str(ACCESS_DAYS),
    }
    subject, text = composer.compose(language, values)
    queue_mail(
        to=[email],
        subject=subject,
        text=text,
        about=party,
        company=company,
        kind="invitation",  # a personal link: nobody reads it in the outbox
        language=language,
    )
    record(None, "billing.access_sent", party, company_id=company.pk, to=email)
