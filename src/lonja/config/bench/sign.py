"""Quotes accepted by their private link: signature, evidence, sealed PDF, mails in the outbox."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator
from typing import Any

from lonja.config.bench.results import Result, max_rss_mb, percentiles
from lonja.config.bench.scratch import engine

help = "aceptación de presupuestos: firma, PDF sellado y correos en cola"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quotes", type=int, default=200, metavar="N", help="presupuestos (200)")
    parser.add_argument(
        "--processes", type=int, default=None, metavar="N", help="procesos (uno por núcleo)"
    )
    parser.add_argument(
        "--biometrics", action="store_true", help="con el trazo cifrado para un tercero"
    )
    parser.add_argument("--profile", action="store_true", help="dónde se va el tiempo (cProfile)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    from lonja.accounts.scope import scope
    from lonja.mail.models import OutgoingMail
    from lonja.sales.models import Quote, QuoteStatus, SignedDocument

    organisation = sent_quotes(args.quotes, biometrics=args.biometrics)
    with scope(organisation):
        links = list(_links())
        if args.profile:
            seconds, times, cpu = _profiled(organisation.pk, links)
        else:
            seconds, times, cpu = _in_processes(organisation.pk, links, args.processes)
        counts = {
            "accepted": Quote.objects.filter(status=QuoteStatus.ACCEPTED).count(),
            "documents": SignedDocument.objects.exclude(seal={}).count(),
            "mails": OutgoingMail.objects.filter(kind="sales.signed").count() // 2,
        }
    if set(counts.values()) != {args.quotes}:
        raise SystemExit(f"No salió completa: {counts}")
    p50, p95 = percentiles(times)
    yield Result(
        "sign",
        engine(),
        n=args.quotes,
        seconds=round(seconds, 2),
        per_second=round(args.quotes / seconds, 1),
        p50_ms=p50,
        p95_ms=p95,
        max_rss_mb=max_rss_mb(),
        more={"cpu_ms_each": round(1000 * cpu / args.quotes, 1)},
    )


def _links() -> Iterator[int]:
    from lonja.sales.models import PublicLink

    yield from PublicLink.objects.order_by("pk").values_list("pk", flat=True)


def _in_processes(
    organisation_id: int, links: list[int], processes: int | None
) -> tuple[float, list[float], float]:
    """(seconds, milliseconds of each, seconds of CPU) with the processes warm."""
    from django.db import connection

    count = processes or len(os.sched_getaffinity(0))
    if count == 1:
        accept_all(organisation_id, links[:1])
        began, cpu = time.perf_counter(), time.process_time()
        times = accept_all(organisation_id, links[1:])[0]
        return time.perf_counter() - began, [times[0], *times], time.process_time() - cpu
    connection.close()
    # A process that forks with threads of typst or OpenSSL may hang: they start from nothing.
    context = multiprocessing.get_context("spawn")
    with context.Pool(count, initializer=_set_up) as pool:
        parts = [links[n::count] for n in range(count)]
        warm = [(organisation_id, part[:1]) for part in parts]
        pool.starmap(accept_all, warm, chunksize=1)
        began = time.perf_counter()
        done = pool.starmap(
            accept_all, [(organisation_id, part[1:]) for part in parts], chunksize=1
        )
        seconds = time.perf_counter() - began
    times = [each for some, _cpu in done for each in some]
    cpu = sum(used for _some, used in done)
    share = len(links) / max(1, len(times))  # those of the warming are not timed
    return seconds * share, times, cpu * share


def _set_up() -> None:
    import django

    from lonja.kit.memory import quiet_collector

    django.setup()
    quiet_collector()  # as those who serve and work


def accept_all(organisation_id: int, links: list[int]) -> tuple[list[float], float]:
    """Sign each link and make what follows. (milliseconds of each, seconds of CPU)."""
    from django.utils import timezone

    from lonja.accounts.scope import scope
    from lonja.sales.actions import accept_quote, finish_acceptance
    from lonja.sales.evidence import Visitor
    from lonja.sales.models import PublicLink

    image = _drawing()
    cpu = time.process_time()
    times = []
    with scope(organisation_id):
        for pk in links:
            began = time.perf_counter()
            signature = accept_quote(
                PublicLink.objects.get(pk=pk),
                signer_name="Carmen Roselló Ferrer",
                signer_nif="12345678Z",
                image=image,
                strokes=STROKES,
                chosen=[4],
                consents={"accept": True, "biometrics": True},
                visitor=Visitor("203.0.113.9", "Mozilla/5.0 (Linux; Android 15)"),
                at=timezone.now(),
                key=f"bench-{pk}",
            )
            finish_acceptance(signature)
            times.append(1000 * (time.perf_counter() - began))
    return times, time.process_time() - cpu


STROKES: dict[str, Any] = {
    "v": 1,
    "pointer": "pen",
    "device": {"w": 340, "h": 190, "dpr": 2},
    "strokes": [
        [[10 + n, 60 + n % 40, 8 * (n + 100 * s), 0.5, 20, 10] for n in range(100)]
        for s in range(4)
    ],
}


def _drawing() -> bytes:
    import io

    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (680, 380), (0, 0, 0, 0))
    points = [(40 + 6 * n, 190 + (n * 37) % 90) for n in range(90)]
    ImageDraw.Draw(image).line(points, (20, 33, 61), 5)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def sent_quotes(count: int, *, biometrics: bool) -> Any:
    """An organisation with so many quotes sent, each to a client of its own. Returns it."""
    from decimal import Decimal

    from lonja.accounts.models import Company, Membership, Organisation, User
    from lonja.accounts.scope import scope
    from lonja.billing.actions.series import ensure_series
    from lonja.parties.models import Party
    from lonja.sales.actions import create_quote, publish_quote, save_quote

    organisation = Organisation.objects.create(name="Medidas", slug="bench")
    with scope(organisation):
        company = Company.objects.create(
            legal_name="Medidas, S.L.",
            nif="B98765431",
            address="C/ de la Ferreria, 8",
            postcode="46013",
            city="València",
        )
        ensure_series(company)
        user = User.objects.create(email="bench@example.com", full_name="Lucía Ferrer")
        member = Membership.objects.create(user=user, role="admin")
        if biometrics:
            _keep_strokes(company)
        for n in range(count):
            party = Party.objects.create(
                name=f"Hotel {n} de la Bahía, S.L.",
                nif="B12345674",
                address=f"C/ Mayor, {n}",
                postcode="03700",
                city="Dénia",
                email=f"hotel{n}@example.com",
            )
            draft = create_quote(
                company=company,
                party=party,
                by=member,
                title="Renovación de habitaciones",
                conditions="Garantía de 3 años.\n\nEl pago es a 30 días.",
                service_starts_on=company.today(),
            )
            lines = [
                {
                    "concept": f"Concepto {number} de la obra",
                    "quantity": Decimal(number),
                    "unit_price": Decimal("120.50"),
                    "tax_category": "iva_general",
                    "optional": number == 4,
                    "unit_of_time": "month" if number == 4 else "",
                }
                for number in range(1, 5)
            ]
            save_quote(draft, fields={}, lines=lines, edited=draft.edited, by=member)
            publish_quote(draft, by=member, base_url="https://bench.example")
    return organisation


def _keep_strokes(company: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.utils import timezone

    from lonja.sales.biometrics.sealed import described
    from lonja.sales.models import DynamicsKey, SigningSettings

    public = described(rsa.generate_private_key(65537, 3072).public_key())
    DynamicsKey.objects.create(
        company=company,
        holder="Notaría",
        public_pem=public.pem,
        fingerprint=public.fingerprint,
        bits=public.bits,
    )
    SigningSettings.objects.create(company=company, biometrics_since=timezone.now())


def _profiled(organisation_id: int, links: list[int]) -> tuple[float, list[float], float]:
    import cProfile
    import pstats

    accept_all(organisation_id, links[:1])
    profile = cProfile.Profile()
    began = time.perf_counter()
    times, cpu = profile.runcall(accept_all, organisation_id, links[1:])
    seconds = time.perf_counter() - began
    pstats.Stats(profile).sort_stats("cumtime").print_stats(60)
    return seconds, times, cpu
