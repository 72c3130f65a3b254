"""One-time codes: six digits sent to the signer's mailbox, that prove they can read it."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.documents.figures import writing_to
from lonja.kit.errors import Refused
from lonja.mail.outbox import queue_mail
from lonja.sales import signing as reading
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, Quote, SigningCode
from lonja.sales.snapshot import language_of

VALID = timedelta(minutes=15)
# A verified code serves for this long: the signature may have to be sent again.
SERVES = timedelta(hours=1)
ATTEMPTS = 5
BETWEEN = timedelta(seconds=45)
PER_HOUR = 5


def send_code(link: PublicLink, *, visitor: Visitor, at: datetime) -> SigningCode:
    """Queue a mail with a fresh code for the link; the one before stops working.

    Asking again within 45 seconds gives the one just sent. Raises Refused: `code_no_address`,
    `code_too_many` (five in an hour).
    """
    with transaction.atomic():
        quote = Quote.objects.locked(link.quote_id)
        link = PublicLink.objects.select_related("quote__party", "version").get(pk=link.pk)
        address = reading.code_address(link)
        if not address:
            raise Refused(
                "code_no_address",
                _(
                    "No tenemos un correo al que enviarte el código. Pide a %(company)s que lo "
                    "añada."
                )
                % {"company": quote.company.display_name},
            )
        recent = SigningCode.objects.filter(link=link, created_at__gt=at - timedelta(hours=1))
        last = recent.order_by("-id").first()
        if last is not None and at - last.created_at < BETWEEN:
            return last
        if recent.count() >= PER_HOUR:
            raise Refused(
                "code_too_many",
                _("Ya te hemos enviado varios códigos. Espera una hora y pide otro."),
            )
        SigningCode.objects.filter(link=link, expires_at__gt=at, verified_at=None).update(
            expires_at=at
        )
        digits = f"{secrets.randbelow(1_000_000):06d}"
        code = SigningCode.objects.create(
            link=link,
            code_hash=_hashed(link, digits),
            sent_to=address,
            expires_at=at + VALID,
            created_at=at,
        )
        context = {"code": digits, "company": quote.company, "number": quote.number}
        language = language_of(link.version.content)
        with writing_to(language):
            queue_mail(
                to=[address],
                subject=_("Tu código para firmar el presupuesto %(number)s") % context,
                text=render_to_string("sales/mail/code.txt", context),
                html=render_to_string("sales/mail/code.html", context),
                company=quote.company,
                kind="sales.code",
                language=language,
                key=f"sales.code:{code.pk}",
            )
        record(
            None,
            "sales.code_sent",
            quote,
            to=[address],
            ip=visitor.ip,
            device=visitor.device,
        )
    return code


def verify_code(link: PublicLink, text: str, *, at: datetime) -> SigningCode:
    """The code of the link, if that is it; each wrong try is counted for good.

    Raises Refused: `code_missing`, `code_expired`, `code_wrong`, `code_blocked` (five wrong ones).
    """
    digits = "".join(char for char in text if char.isdigit())[:6]
    if len(digits) != 6:
        raise Refused(
            "code_missing",
            _("Escribe el código de seis cifras que te hemos enviado por correo."),
            field="codigo",
        )
    with transaction.atomic():
        found = SigningCode.objects.select_for_update().filter(link=link).order_by("-id").first()
        if found is None:
            raise _expired()
        good = hmac.compare_digest(found.code_hash, _hashed(link, digits))
        if found.attempts >= ATTEMPTS:
            raise Refused(
                "code_blocked",
                _("El código se ha bloqueado tras varios intentos. Pide otro."),
                field="codigo",
            )
        verified = found.verified_at is not None and at - found.verified_at < SERVES
        if not verified and (found.verified_at is not None or not found.is_live(at)):
            raise _expired()
        if good and verified:
            return found
        if good:
            found.verified_at = at
            found.save(update_fields=["verified_at"])
            record(None, "sales.code_verified", link.quote, to=[found.sent_to])
            return found
        # Counted here and said after: a refusal inside would undo the count.
        SigningCode.objects.filter(pk=found.pk).update(attempts=F("attempts") + 1)
        left = ATTEMPTS - found.attempts - 1
    raise Refused(
        "code_wrong",
        _("Ese no es el código. Te quedan %(n)s intentos.") % {"n": left}
        if left
        else _("Ese no es el código, y era el último intento. Pide otro."),
        field="codigo",
    )


def _expired() -> Refused:
    return Refused(
        "code_expired", _("El código ha caducado o no lo has pedido. Pide otro."), field="codigo"
    )


def _hashed(link: PublicLink, digits: str) -> str:
    """Keyed with the secret of the installation: six digits alone could be tried one by one."""
    told = f"sales.SigningCode:{link.organisation_id}:{link.pk}:{digits}"
    return hmac.new(settings.SECRET_KEY.encode(), told.encode(), "sha256").hexdigest()
