"""What the screen of VERI*FACTU tells of a company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.accounts.models import Company, Membership
from lonja.accounts.prepared import Prepared, Slot
from lonja.accounts.seen import Seen, how_many
from lonja.fiscal.models import (
    Certificate,
    Chain,
    Channel,
    Record,
    RecordState,
    Submission,
)
from lonja.fiscal.verifactu.codes import UNMENDABLE, Meaning, meaning_of

SHOWN = 50
CLOCK_MARGIN_SECONDS = 60


@dataclass(frozen=True)
class Overview:
    """`state` is (sentence, tone). `since`: of the oldest record that waits."""

    state: tuple[str, str]
    chain: Chain | None
    chains: list[Chain]
    channel: Channel | None
    certificate: Certificate | None
    waiting: int
    since: datetime | None
    submissions: list[Submission]
    problems: list[Record]
    problem_count: int
    alarms: list[str]
    binds_until: date


def unmended(company: Any) -> Any:
    """Records that need somebody to do something, oldest first."""
    rows = Record.objects.filter(
        chain__company=company,
        state__in=(RecordState.REJECTED, RecordState.ACCEPTED_WITH_ERRORS),
        mended_by__isnull=True,
    )
    return rows.exclude(error_code__in=UNMENDABLE).order_by("chain_id", "position")


_unmended = Prepared(lambda: how_many(unmended(Slot("company"))))
_companies = Seen(Company, lambda rows: rows.order_by("pk").values_list("pk"))


def unmended_count(member: Membership) -> int:
    """How many of those there are in the companies of a member."""
    return sum(_unmended.first(company=pk)[0] for (pk,) in _companies.all(member))


def meaning(record: Record) -> Meaning | None:
    """What its error means and what mends it; None without error."""
    return meaning_of(record.error_code, record.error_text) if record.error_code else None


def overview(company: Company) -> Overview:
    """Everything the screen shows of a company, in a few queries."""
    chains = list(Chain.objects.filter(company=company).order_by("-pk"))
    here = [chain for chain in chains if chain.environment == settings.VERIFACTU_ENVIRONMENT]
    channel = Channel.objects.filter(
        company=company, environment=settings.VERIFACTU_ENVIRONMENT
    ).first()
    certificate = Certificate.objects.filter(company=company, is_current=True).first()
    waiting = sum(chain.waiting for chain in chains)
    rows = unmended(company)
    problems = list(rows.select_related("invoice", "chain").defer("xml")[:SHOWN])
    count = len(problems) if len(problems) < SHOWN else rows.count()
    submissions = Submission.objects.filter(chain__company=company).defer("request", "answer")
    chain = next((one for one in here if one.is_current), here[0] if here else None)
    return Overview(
        state=_sentence(company, chain, channel, certificate, waiting, count),
        chain=chain,
        chains=chains,
        channel=channel,
        certificate=certificate,
        waiting=waiting,
        since=_since(chains),
        submissions=list(submissions.order_by("-pk")[:10]),
        problems=problems,
        problem_count=count,
        alarms=_alarms(chains, channel),
        binds_until=date(company.today().year, 12, 31),
    )


def _since(chains: list[Chain]) -> datetime | None:
    for chain in reversed(chains):
        if chain.waiting:
            rows = Record.objects.filter(chain=chain, position=chain.settled_position + 1)
            return rows.values_list("created_at", flat=True).first()
    return None


def _alarms(chains: list[Chain], channel: Channel | None) -> list[str]:
    found = [chain.alarm for chain in chains if chain.alarm]
    if channel is not None and abs(channel.clock_skew_seconds) > CLOCK_MARGIN_SECONDS:
        found.append(
            _(
                "El reloj de este equipo va %(n)s segundos %(way)s respecto al de la AEAT. Ponlo "
                "en hora: la norma admite un minuto."
            )
            % {
                "n": abs(channel.clock_skew_seconds),
                "way": _("atrasado") if channel.clock_skew_seconds > 0 else _("adelantado"),
            }
        )
    return found


def _sentence(
    company: Company,
    chain: Chain | None,
    channel: Channel | None,
    certificate: Certificate | None,
    waiting: int,
    problems: int,
) -> tuple[str, str]:
    """The state in one sentence, and its tone."""
    queued = ngettext("%(n)s registro espera", "%(n)s registros esperan", waiting) % {"n": waiting}
    if channel is not None and channel.failing_since is not None and waiting:
        return (
            _("%(queued)s desde el %(since)s: %(problem)s Se vuelve a intentar a las %(next)s.")
            % {
                "queued": queued,
                "since": _moment(company, channel.failing_since),
                "problem": channel.problem,
                "next": _time(company, channel.retry_at or timezone.now()),
            },
            "bad",
        )
    if certificate is None:
        if not waiting:
            return _("Falta el certificado. Aún no hay ningún registro que enviar."), "warn"
        return _("%(queued)s: falta el certificado.") % {"queued": queued}, "warn"
    if certificate.valid_until <= timezone.now():
        return _("El certificado ha caducado y %(queued)s.") % {"queued": queued}, "bad"
    if problems:
        text = ngettext(
            "La AEAT no ha dado por bueno %(n)s registro: mira qué hacer con él.",
            "La AEAT no ha dado por buenos %(n)s registros: mira qué hacer con ellos.",
            problems,
        )
        return text % {"n": problems}, "warn"
    if waiting and company.organisation.is_demo:
        text = _("%(queued)s y no se enviarán: en la empresa de prueba nada sale de verdad.")
        return text % {"queued": queued}, "info"
    if waiting:
        return _("%(queued)s su turno: se envían solos.") % {"queued": queued}, "info"
    if chain is None or not chain.last_position:
        return _("Todo listo. El primer registro se hará con tu próxima factura."), "ok"
    return _("Todo enviado: la AEAT ha respondido a los %(n)s registros.") % {
        "n": chain.last_position
    }, "ok"


def _moment(company: Company, at: datetime) -> str:
    return f"{timezone.localtime(at, company.zone):%d/%m/%Y, %H:%M}"


def _time(company: Company, at: datetime) -> str:
    return f"{timezone.localtime(at, company.zone):%H:%M}"
