"""Keeping the certificate of a company, and warning before it expires."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.accounts.language import speaking_to
from lonja.accounts.models import Company, Membership
from lonja.accounts.permissions import roles_with
from lonja.activity import record
from lonja.fiscal import permissions
from lonja.fiscal.certificates import Holder, read_holder, tls_context
from lonja.fiscal.models import Certificate, Channel
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.mail import queue_mail

WARNINGS = (30, 15, 7, 1)


def check_certificate(
    company: Company, content: bytes, password: str, *, is_representative: bool
) -> Holder:
    """Open a PKCS#12 and make sure that it can speak for the company.

    Raises Refused: wrong password, not a certificate, without key, expired, not yet valid, or of
    another NIF when nobody said that it is of a representative.
    """
    holder = read_holder(content, password)
    now = timezone.now()
    if holder.valid_until <= now:
        raise Refused(
            "certificate_expired",
            _("El certificado caducó el %(day)s. Renuévalo y sube el nuevo.")
            % {"day": format_date(holder.valid_until.date())},
            field="file",
        )
    if holder.valid_from > now:
        raise Refused(
            "certificate_early",
            _("El certificado no vale hasta el %(day)s.")
            % {"day": format_date(holder.valid_from.date())},
            field="file",
        )
    if company.nif not in holder.nifs and not is_representative:
        raise Refused(
            "certificate_foreign",
            _(
                "El certificado es de %(holder)s (%(nif)s) y tu empresa es %(company)s. Si es de "
                "tu apoderado o de un colaborador social, márcalo."
            )
            % {"holder": holder.name, "nif": holder.nif, "company": company.nif},
            field="file",
        )
    tls_context(content, password)
    return holder


def keep_certificate(
    company: Company,
    content: bytes,
    password: str,
    *,
    is_representative: bool,
    by: Membership | None,
) -> Certificate:
    """Check and keep a certificate as the company's; the one before loses its content.

    What waited for it is tried at once. Raises Refused as `check_certificate`.
    """
    holder = check_certificate(company, content, password, is_representative=is_representative)
    with transaction.atomic():
        Certificate.objects.filter(company=company, is_current=True).update(
            is_current=False, sealed_content=""
        )
        kept = Certificate.objects.create(
            company=company,
            holder=holder.name,
            holder_nif=holder.nif,
            organisation_nif=holder.organisation_nif,
            issued_by=holder.issued_by,
            serial=holder.serial,
            valid_from=holder.valid_from,
            valid_until=holder.valid_until,
            is_seal=holder.is_seal,
            is_representative=company.nif not in holder.nifs,
            uploaded_by=by,
        )
        kept.put(content, password)
        Channel.objects.filter(company=company).update(retry_at=None)
        record(by, "fiscal.certificate_kept", company, holder=holder.name)
    return kept


def drop_certificate(certificate: Certificate, *, by: Membership | None) -> None:
    """Forget a certificate: its content is erased, that it existed is not."""
    with transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(is_current=False, sealed_content="")
        record(by, "fiscal.certificate_dropped", certificate.company, holder=certificate.holder)


def warn_of_expiry() -> int:
    """Mail those who can renew a certificate 30, 15, 7 and 1 days before it expires.

    Asks which warning is due and was not given (R6): a week stopped gives one, the last. Returns
    how many mails were queued.
    """
    sent = 0
    rows = Certificate.objects.filter(is_current=True).select_related("company")
    for certificate in rows:
        left = certificate.days_left(certificate.company.today())
        due = [days for days in WARNINGS if left <= days]
        if not due or (certificate.warned_days is not None and certificate.warned_days <= due[-1]):
            continue
        with transaction.atomic():
            Certificate.objects.filter(pk=certificate.pk).update(warned_days=due[-1])
            sent += _warn(certificate, left)
    return sent


def _warning(certificate: Certificate, left: int) -> tuple[str, str]:
    """(subject, text) of the mail: how many days it has left, or that it expired."""
    company = certificate.company
    when = format_date(certificate.valid_until.date())
    if left < 0:
        subject = _("El certificado de %(company)s ha caducado") % {"company": company}
    elif left == 0:
        subject = _("El certificado de %(company)s caduca hoy") % {"company": company}
    else:
        subject = ngettext(
            "El certificado de %(company)s caduca en %(n)s día",
            "El certificado de %(company)s caduca en %(n)s días",
            left,
        ) % {"company": company, "n": left}
    text = _(
        "El certificado de %(holder)s con el que se envían las facturas a la AEAT (VERI*FACTU) "
        "vale hasta el %(when)s.\n\nRenuévalo y súbelo en Configuración › VERI*FACTU. Mientras no "
        "haya uno válido se puede seguir facturando: los registros esperan y se envían después."
    ) % {"holder": certificate.holder, "when": when}
    return subject, text


def _warn(certificate: Certificate, left: int) -> int:
    company = certificate.company
    members = Membership.objects.filter(
        deactivated_at__isnull=True, role__in=roles_with(permissions.MANAGE)
    ).select_related("user")
    mails = 0
    for member in members:
        key = f"fiscal.certificate:{certificate.pk}:{certificate.warned_days}:{left}:{member.pk}"
        with speaking_to(member):
            subject, text = _warning(certificate, left)
        queue_mail(to=[member.user.email], subject=subject, text=text, company=company, key=key)
        mails += 1
    return mails
