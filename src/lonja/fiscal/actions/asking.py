"""Asking the agency what it keeps, when its answer alone does not settle the matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.fiscal import transport
from lonja.fiscal.certificates import tls_context
from lonja.fiscal.models import Certificate, Chain, Record, RecordState, Submission
from lonja.fiscal.verifactu.answers import Fault, Known, Unreadable, read_query
from lonja.fiscal.verifactu.query import query_envelope
from lonja.fiscal.verifactu.records import day
from lonja.kit.errors import Refused

_STATES = {
    "Correcto": RecordState.ACCEPTED,
    "AceptadoConErrores": RecordState.ACCEPTED_WITH_ERRORS,
    "Anulado": RecordState.ACCEPTED,
}


MOST_PAGES = 200  # of ten thousand records: two million in a month


def query(chain: Chain, on: date, number: str = "") -> list[Known]:
    """What the agency keeps of a month, every page of it, or of one invoice. Raises Refused with
    the reason.

    Never inside a transaction: it waits for the network.
    """
    found = Certificate.objects.filter(company_id=chain.company_id, is_current=True).first()
    if found is None:
        raise Refused("no_certificate", _("Falta el certificado con el que preguntar a la AEAT."))
    url = transport.address(chain.environment, is_seal=found.is_seal)
    known: list[Known] = []
    after: tuple[str, ...] = ()
    try:
        content, password = found.content()
        context = tls_context(content, password, transport.authorities(chain.environment))
        for _page in range(MOST_PAGES):
            message = query_envelope(chain.company.legal_name, chain.nif, on, number, after)
            page = read_query(transport.post(url, message, context).body)
            if isinstance(page, Fault):
                raise Refused("not_asked", page.text)
            known += page.records
            if page.after is None:
                return known
            if page.after == after:
                raise Unreadable("repite la misma página")
            after = page.after
    except (transport.Unreached, transport.Lost, transport.CertificateRefused) as problem:
        raise Refused("not_asked", str(problem)) from problem
    except Unreadable as problem:
        raise Refused(
            "not_asked", _("La respuesta de la AEAT no se entiende: %(why)s.") % {"why": problem}
        ) from problem
    raise Refused("not_asked", _("La AEAT dice que hay demasiadas páginas de registros."))


def ask_about_strangers(submission: Submission) -> int:
    """Ask about the records that the agency calls duplicates though they had not left before
    (a copy restored, another computer with the same data). Ours, by their huella, are adopted.

    Returns how many were. What cannot be asked now stays rejected, with its button.
    """
    rows = Record.objects.filter(
        pk__in=submission.record_ids, state=RecordState.REJECTED, error_code="3000"
    )
    months: dict[date, list[Record]] = defaultdict(list)
    for row in rows.select_related("chain__company"):
        months[row.issued_on.replace(day=1)].append(row)
    adopted = 0
    for month, records in months.items():
        try:
            single = records[0].number if len(records) == 1 else ""
            on = records[0].issued_on if single else month
            known = query(records[0].chain, on, single)
        except Refused:
            continue
        adopted += adopt(records, known)
    return adopted


def adopt(records: Iterable[Record], known: Iterable[Known]) -> int:
    """Give each record the state the agency keeps for it, if it is the same one (its huella)."""
    kept = {(one.number, one.issued, one.huella): one for one in known}
    adopted = 0
    for row in records:
        one = kept.get((row.number, day(row.issued_on), row.huella))
        if one is None or one.state not in _STATES:
            continue
        with transaction.atomic():
            adopted += Record.objects.filter(pk=row.pk, state=RecordState.REJECTED).update(
                state=_STATES[one.state],
                error_code=one.code,
                error_text=one.text[:1500],
                settled_at=timezone.now(),
            )
            record(None, "fiscal.adopted", row.invoice)
    return adopted
