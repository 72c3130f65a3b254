"""Changing how a company has its quotes signed. Everything goes to the history."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts import language
from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.outgoing import check_url
from lonja.kit.text import clean_block, clean_line
from lonja.sales import legal
from lonja.sales.biometrics.sealed import read_public_key
from lonja.sales.evidence import sha256
from lonja.sales.models import CodePolicy, DynamicsKey, LegalText, SigningSettings, TextKind


def _row(company: Company) -> SigningSettings:
    row, _fresh = SigningSettings.objects.get_or_create(company=company)
    return SigningSettings.objects.locked(row)


@transaction.atomic
def save_signing(
    company: Company, *, code_policy: str, tsa_url: str, by: Membership
) -> SigningSettings:
    """When a code is asked for, and which time stamping authority stamps. Raises Refused
    `url_invalid` or `url_private`."""
    row = _row(company)
    url = tsa_url.strip()
    row.tsa_url = check_url(url, private=settings.OUTGOING_PRIVATE, field="tsa_url") if url else ""
    row.code_policy = CodePolicy(code_policy)
    row.save(update_fields=["tsa_url", "code_policy"])
    record(
        by,
        "sales.signing_changed",
        company,
        code_policy=row.code_policy,
        tsa_url=row.tsa_url,
    )
    return row


@transaction.atomic
def write_text(company: Company, kind: str, body: str, *, by: Membership) -> LegalText | None:
    """Another version of a text that signers accept; None when it says the same as before.

    Raises Refused: `text_empty` (only the general conditions may be empty), `text_too_long`.
    """
    text = clean_block(body)
    if len(text) > 20_000:
        raise Refused("text_too_long", _("El texto pasa de 20.000 caracteres."), field="body")
    if not text and kind != TextKind.CONDITIONS:
        raise Refused(
            "text_empty", _("Este texto hace falta: es lo que acepta quien firma."), field="body"
        )
    _row(company)  # one at a time
    version, current = legal.text_in_force(company, kind)
    if text == current:
        return None
    made = LegalText.objects.create(
        company=company, kind=TextKind(kind), version=version + 1, body=text, created_by=by
    )
    record(
        by,
        "sales.text_written",
        company,
        kind=language.kept(TextKind(kind).label),
        version=made.version,
        sha256=sha256(text.encode()),
    )
    return made


@transaction.atomic
def set_dynamics_key(
    company: Company, content: bytes, *, holder: str, by: Membership
) -> DynamicsKey:
    """The public key for which strokes are encrypted from now on; the one before stays for what it
    encrypted. Raises Refused as `read_public_key`, and `holder_missing`."""
    public = read_public_key(content)
    who = clean_line(holder)[:160] or public.holder
    if len(who) < 3:
        raise Refused(
            "holder_missing",
            _("Di quién guarda la clave privada: se le dice a quien firma."),
            field="holder",
        )
    _row(company)
    DynamicsKey.objects.filter(company=company, is_current=True).update(is_current=False)
    kept = DynamicsKey.objects.create(
        company=company,
        holder=who,
        public_pem=public.pem,
        fingerprint=public.fingerprint,
        bits=public.bits,
        created_by=by,
    )
    record(by, "sales.dynamics_key", company, holder=who, fingerprint=public.fingerprint)
    return kept


@transaction.atomic
def switch_biometrics(
    company: Company, *, on: bool, understood: bool, by: Membership, at: datetime
) -> SigningSettings:
    """Offer (or stop offering) to keep how the signature is drawn. Off until a company says so.

    Raises Refused: `dynamics_key_missing`, `biometrics_not_understood`.
    """
    row = _row(company)
    if on and not DynamicsKey.objects.filter(company=company, is_current=True).exists():
        raise Refused(
            "dynamics_key_missing",
            _("Sube antes la clave pública de quien vaya a guardar la privada."),
        )
    if on and not understood:
        raise Refused(
            "biometrics_not_understood",
            _(
                "Los trazos son datos biométricos (RGPD, art. 9): confirma que has hecho la "
                "evaluación de impacto."
            ),
            field="understood",
        )
    row.biometrics_since = (row.biometrics_since or at) if on else None
    row.save(update_fields=["biometrics_since"])
    record(by, "sales.biometrics_on" if on else "sales.biometrics_off", company)
    return row
