"""The signed PDF: the document, its evidence report, what proves it, and the seal."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.prepared import Prepared, Slot
from lonja.activity import record
from lonja.files import store
from lonja.sales import paper
from lonja.sales import signing as reading
from lonja.sales.actions.send import pdf_name
from lonja.sales.biometrics.sealed import CONTENT_TYPE
from lonja.sales.models import Signature, SignedDocument
from lonja.sales.seals.keys import seal_key
from lonja.sales.seals.pades import Carried, seal_pdf
from lonja.sales.seals.timestamp import NoTimestamp, stamper

log = logging.getLogger("lonja.sales")

# A time stamping authority that does not answer is waited for this long; then the PDF is sealed
# without its stamp, and the history says so.
PATIENCE = timedelta(hours=2)
_made = Prepared(
    lambda: SignedDocument.objects.select_related("pdf").filter(signature_id=Slot("signature"))
)
_up_to = Prepared(
    lambda: (
        Signature.objects.select_related(
            "image", "dynamics", "by__user", "version__pdf", "version__quote__company"
        )
        .filter(version_id=Slot("version"), position__lte=Slot("position"))
        .order_by("position")
    )
)


def signed_document(signature: Signature) -> SignedDocument:
    """The sealed PDF with this signature and the ones before it, made now if it is not yet.

    Raises NoTimestamp while the time stamping authority of the company does not answer and may
    still do: the job of the signature tries again.
    """
    done = _made.first(signature=signature.pk)
    if done is not None:
        return done
    signatures = _up_to.all(version=signature.version_id, position=signature.position)
    content, seal = _sealed(signatures, timezone.now())
    last = signatures[-1]
    quote = last.version.quote
    try:
        with transaction.atomic():
            file = store(pdf_name(quote, "-firmado"), content, "application/pdf")
            made = SignedDocument.objects.create(
                signature=last, pdf=file, pdf_sha256=file.sha256, seal=seal
            )
            if seal.pop("without_stamp", ""):
                record(None, "sales.stamp_missing", quote)
            return made
    except IntegrityError:  # made at the same time elsewhere
        return SignedDocument.objects.select_related("pdf").get(signature=last)


def signed_copy(signature_id: int) -> bytes:
    """The bytes of the signed PDF, for the mails that carry it."""
    return signed_document(Signature.objects.get(pk=signature_id)).pdf.read()


def _sealed(signatures: list[Signature], now: datetime) -> tuple[bytes, dict[str, Any]]:
    last = signatures[-1]
    company = last.version.quote.company
    key = seal_key(company, now)
    pdf = paper.signed_pdf(signatures)
    reason = f"Evidencia {last.evidence_code}"
    url = reading.settings_of(company).tsa_url
    told = {
        "kind": key.kind,
        "subject": key.subject,
        "issuer": key.issuer,
        "certificate_sha256": key.certificate.fingerprint(SHA256()).hex(),
        "timestamp": "",
    }
    if url:
        try:
            sealed = seal_pdf(
                pdf, key, reason=reason, carried=_carried(signatures), timestamper=stamper(url)
            )
            return sealed, {**told, "timestamp": url}
        except NoTimestamp as error:
            if now - last.signed_at < PATIENCE:
                raise
            log.warning("Sin sello de tiempo de %s: %s", url, error)
            told["without_stamp"] = str(error)
    return seal_pdf(pdf, key, reason=reason, carried=_carried(signatures)), told


def _carried(signatures: list[Signature]) -> list[Carried]:
    """What travels inside: the very document that was shown, the whole log, and the strokes."""
    version = signatures[-1].version
    evidence = [
        {
            "code": one.evidence_code,
            "signer": one.signer_name,
            "nif": one.signer_nif,
            "position": one.position,
            "signed_at": one.signed_at.isoformat(),
            "document_sha256": one.document_sha256,
            "log": one.evidence["log"],
        }
        for one in signatures
    ]
    files = [
        Carried(
            pdf_name(version.quote, "-mostrado"),
            version.pdf.read(),
            "application/pdf",
            _("El documento exacto que se mostró antes de firmar"),
            "Source",
        ),
        Carried(
            "evidencias.json",
            json.dumps(evidence, ensure_ascii=False, indent=1).encode(),
            "application/json",
            "Registro encadenado de la firma",
            "Data",
        ),
    ]
    for one in signatures:
        if one.dynamics is not None:
            files.append(
                Carried(
                    f"trazo-{one.position}.jwe",
                    one.dynamics.read(),
                    CONTENT_TYPE,
                    "Trazo de la firma, cifrado para quien guarda la clave",
                )
            )
    return files
