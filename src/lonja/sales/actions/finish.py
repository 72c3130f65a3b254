"""What follows a signature outside its transaction: the sealed PDF. Every step may run again."""

from __future__ import annotations

import logging

from lonja.sales.actions.accept import call_next, follow_up
from lonja.sales.actions.document import signed_document
from lonja.sales.models import Signature

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
    if not signature.is_followed:
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
    return call_next(signature, version.quote)
