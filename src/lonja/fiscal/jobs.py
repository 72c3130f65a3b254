"""Work of the fiscal room done by the workers: thin."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django_tasks import task

from lonja.accounts.models import Company, Membership
from lonja.fiscal.models import Chain, Record


@task(priority=10)
def send_records(nif: str, environment: str) -> None:
    """One submission of a taxpayer, if it is time. What fails is kept on its channel."""
    from lonja.fiscal.actions.asking import ask_about_strangers
    from lonja.fiscal.actions.sending import send_next

    submission = send_next(nif, environment)
    if submission is not None:
        ask_about_strangers(submission)


@task()
def watch_certificates() -> None:
    """Warn of the certificates that are about to expire."""
    from lonja.fiscal.actions.certificates import warn_of_expiry

    warn_of_expiry()


@task()
def audit_chain(chain_id: int, member_id: int) -> dict[str, Any]:
    """Follow a chain whole; the result says whether it holds, or its first broken record."""
    from lonja.fiscal.actions.exporting import check

    chain = Chain.objects.get(pk=chain_id)
    report = check(chain, by=Membership.objects.get(pk=member_id))
    if report.ok:
        message = _("La cadena está entera: %(n)s registros comprobados.") % {"n": report.checked}
    else:
        message = _("El primer registro roto es el %(n)s (%(number)s). %(why)s") % {
            "n": report.broken_at,
            "number": report.number,
            "why": report.message,
        }
    return {
        "message": message,
        "ok": report.ok,
        "broken_at": report.broken_at,
        "url": "/configuracion/verifactu/",
        "label": _("Volver a VERI*FACTU"),
    }


@task()
def export_records(company_id: int, member_id: int, since: str, until: str) -> dict[str, Any]:
    """Write the records to a zip; the result names its file."""
    from lonja.fiscal.actions.exporting import export
    from lonja.jobs.queue import current_job_id

    file = export(
        Company.objects.get(pk=company_id),
        since=date.fromisoformat(since) if since else None,
        until=date.fromisoformat(until) if until else None,
        by=Membership.objects.get(pk=member_id),
    )
    return {
        "file": file.pk,
        "message": _("El fichero está listo."),
        "url": f"/configuracion/verifactu/exportacion/{current_job_id()}/",
        "label": _("Descargar"),
    }


@task()
def ask_about(record_id: int) -> dict[str, Any]:
    """Ask the agency what it keeps of the invoice of a record."""
    from lonja.fiscal.actions.asking import adopt, query

    record = Record.objects.select_related("chain__company", "invoice").get(pk=record_id)
    known = query(record.chain, record.issued_on, record.number)
    if adopt([record], known):
        message = _("La AEAT tiene este mismo registro: queda con el estado que le consta.")
    elif known:
        message = _(
            "La AEAT tiene otro registro con este número y fecha (huella %(huella)s, estado "
            "«%(state)s»): averigua desde qué programa se envió antes de hacer nada más."
        ) % {"huella": known[0].huella, "state": known[0].state}
    else:
        message = _("La AEAT no tiene ningún registro con este número y fecha.")
    return {
        "message": message,
        "url": f"/configuracion/verifactu/registros/{record.pk}/",
        "label": _("Ver el registro"),
    }
