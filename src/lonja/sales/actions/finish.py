"""What follows a signature outside its transaction: the sealed PDF. Every step may run again."""

from __future__ import annotations

import logging

from django.db import IntegrityError, transaction

from lonja.files import store
from lonja.sales import paper
from lonja.sales.actions.accept import follow_up, invite_next
from lonja.sales.actions.send import pdf_name
from lonja.sales.models import Signature, SignedDocument

log = logging.getLogger("lonja.sales")


def finish_acceptance(signature: Signature) -> bool:
    """Make the signed PDF, and do again what did not follow the signature when it was made.

    Each step stands alone and is done once, however often this runs. A step that fails does not
    stop the others: it is logged and the first error is raised at the end, for the job to retry.
    """
    failure: Exception | None = None
    try:
        signed_document(signature)
    except Exception as error:
        log.exception("El PDF de la firma %s", signature.pk)
        failure = error
    failure = resume(signature) or failure
    if failure is not None:
        raise failure
    return True


def resume(signature: Signature) -> Exception | None:
    """Do what should have been done with the signature and was not. Returns the first error."""
    version = signature.version
    if Signature.objects.filter(version=version).count() >= version.signatures_needed:
        last = Signature.objects.select_related("version").filter(version=version)
        return follow_up(last.order_by("-position")[0])
    try:
        with transaction.atomic():
            invite_next(version.quote, version)
    except Exception as error:
        log.exception("El aviso al siguiente firmante tras la firma %s", signature.pk)
        return error
    return None


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


def signed_copy(signature_id: int) -> bytes:
    """The bytes of the signed PDF, for the mails that carry it."""
    return signed_document(Signature.objects.get(pk=signature_id)).pdf.read()
