"""Las pantallas de cada día sobre un millón de facturas: listado, búsqueda, ficha e inicio."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from lonja.config.bench.billing_run import plans_due
from lonja.config.bench.results import Result, max_rss_mb, percentiles
from lonja.config.bench.scratch import engine
from lonja.config.demo import names
from lonja.kit.memory import PAGES, quiet_collector
from lonja.kit.text import slug

help = "listados, búsqueda, ficha e inicio sobre muchas facturas"

WARM_UP, TIMES = 3, 30
PIECE = 20_000
TRADES = [slug(trade).replace("-", " ") for trade, _ending in names.TRADES]
PLACES = [slug(place).replace("-", " ") for place in names.PLACES]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--invoices", type=int, default=1_000_000, metavar="N", help="facturas (1.000.000)"
    )
    parser.add_argument(
        "--customers", type=int, default=100_000, metavar="N", help="clientes (100.000)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="guarda ahí los datos inventados y los usa la próxima vez",
    )
    parser.add_argument("--page", type=int, default=1000, metavar="N", help="página lejana (1000)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """Server time of each page through the real views, one result each."""
    from django.test import Client

    from lonja.accounts.models import Membership, Role, User
    from lonja.accounts.scope import scope

    began = time.perf_counter()
    organisation = _kept(args) or fill(args.customers, args.invoices)
    yield Result(
        "lists:fill",
        engine(),
        n=args.invoices,
        seconds=round(time.perf_counter() - began, 1),
        max_rss_mb=max_rss_mb(),
    )
    with scope(organisation):
        user = User.objects.filter(email="lists@example.com").first()
        if user is None:
            user = User.objects.create_user("lists@example.com", None)
            Membership.objects.create(user=user, role=Role.ADMIN)
        member = Membership.objects.get(user=user)
        party = _middle_party()
    quiet_collector(PAGES)  # as those who serve
    client = Client(headers={"user-agent": "bench"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    base = f"/{organisation.slug}"
    with scope(organisation):
        far = f"{base}/facturas/?{_far_page(member, args.page)}"
    pages: dict[str, Callable[[int], str]] = {
        "list": lambda n: f"{base}/facturas/",
        f"list-page-{args.page}": lambda n: far,
        "list-filtered": lambda n: f"{base}/facturas/?vista=pendientes&importe_min=100",
        "list-search": lambda n: f"{base}/facturas/?q={_half_a_name(n)}",
        "clients": lambda n: f"{base}/clientes/",
        "clients-search": lambda n: f"{base}/clientes/?q={_half_a_name(n)}",
        "palette": lambda n: f"{base}/buscar/?q={_half_a_name(n)}",
        "client": lambda n: f"{base}/clientes/{party + n}/",
        "home": lambda n: f"{base}/",
    }
    for name, url in {**pages, **_cards(organisation, member)}.items():
        yield _time(client, name, url, args.invoices)


def _time(client: Any, name: str, url: Callable[[int], str], rows: int) -> Result:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    inside = name.startswith("card-")
    for n in range(WARM_UP):
        _get(client, url(n), inside=inside)
    with CaptureQueriesContext(connection) as queries:
        _get(client, url(WARM_UP), inside=inside)
    asked = len(queries)  # now: the next request forgets them
    times = []
    cpu = time.process_time()
    for n in range(TIMES):
        began = time.perf_counter()
        _get(client, url(WARM_UP + 1 + n), inside=inside)
        times.append((time.perf_counter() - began) * 1000)
    cpu = time.process_time() - cpu
    p50, p95 = percentiles(times)
    return Result(
        f"lists:{name}",
        engine(),
        n=rows,
        p50_ms=p50,
        p95_ms=p95,
        queries=asked,
        max_rss_mb=max_rss_mb(),
        more={"cpu_ms": round(1000 * cpu / TIMES, 1)},
    )


def _get(client: Any, url: str, *, inside: bool) -> Any:
    # What is inside a page is asked for by htmx.
    response = client.get(url, headers={"HX-Request": "true"} if inside else {})
    if response.status_code != 200:
        raise SystemExit(f"{url} contesta {response.status_code}")
    return response


def _cards(organisation: Any, member: Any) -> dict[str, Callable[[int], str]]:
    """Each card of «Inicio» is a request of its own."""
    from django.urls import reverse, set_urlconf

    from lonja.accounts.scope import scope
    from lonja.ui.registry import home_cards_for

    set_urlconf("lonja.config.org_urls")
    try:
        with scope(organisation):
            found = {
                f"card-{card.slug}": f"/{organisation.slug}{reverse(card.url_name)}"
                for card in home_cards_for(member)
            }
    finally:
        set_urlconf(None)
    return {name: lambda _n, url=url: url for name, url in found.items()}  # type: ignore[misc]


def _middle_party() -> int:
    from lonja.parties.models import Party

    first = Party.objects.order_by("pk").values_list("pk", flat=True)
    return first[min(50, first.count() // 2)]


def _far_page(member: Any, page: int) -> str:
    """The query of a page far down the list: the mark of the row before it."""
    from urllib.parse import urlencode

    from django.http import QueryDict

    from lonja.billing.models import Invoice
    from lonja.billing.tables import InvoiceTable
    from lonja.ui.tables.keyset import mark

    table = InvoiceTable(member, QueryDict())
    rows = Invoice.objects.order_by("-issued_on", "-pk")
    row = rows[min((page - 1) * 50, rows.count() - 60)]
    return urlencode({"desde": mark(row, table.order), "n": str((page - 1) * 50 + 1)})


def _kept(args: argparse.Namespace) -> Any:
    """What an earlier measure left in the folder of `--keep`, or None."""
    from lonja.accounts.models import Organisation
    from lonja.accounts.scope import scope
    from lonja.billing.models import Invoice
    from lonja.parties.models import Party

    organisation = Organisation.objects.filter(slug="listados").first()
    if organisation is None:
        return None
    with scope(organisation):
        found = (Invoice.objects.count(), Party.objects.count())
    if found != (args.invoices, args.customers):
        raise SystemExit(
            f"{args.keep} guarda {found[0]} facturas y {found[1]} clientes: bórrala, o pide esos"
        )
    return organisation


def fill(customers: int, invoices: int) -> Any:
    """Many clients and issued invoices, copied in the database from one made the usual way.

    These invoices have neither lines nor records: lists do not read them.
    """
    from django.db import connection

    from lonja.accounts import locks
    from lonja.accounts.scope import scope
    from lonja.billing.models import Invoice
    from lonja.parties.models import Party
    from lonja.subscriptions.actions.bill import bill_due

    organisation = plans_due(1, 1, slug="listados")
    with scope(organisation):
        bill_due()
        party, invoice = Party.objects.get(), Invoice.objects.get()
        if connection.vendor == "sqlite":
            locks.drop_sqlite_triggers(connection)
        called, whose = _name_expression("t.n"), _name_expression(f"(t.n %% {customers})")
        _clone(party, customers, {
            "name": called, "trade_name": called, "email": "'c' || t.n || '@example.com'",
            "search_text": f"{called} || ' b12345674'",
            "province": "'Provincia ' || (t.n %% 50)",
        })  # fmt: skip
        who = f"({party.pk} + (t.n %% {customers}))"
        day = _day_expression("t.n", invoice.issued_on - timedelta(days=1000))
        due = _day_expression("t.n", invoice.issued_on - timedelta(days=970))
        _clone(invoice, invoices, {
            "party_id": who, "sequence": "t.n + 1",
            "number": "'F/' || (t.n + 1)", "issued_on": day, "due_on": due,
            "next_due_on": due,
            "total_cents": "12100 + (t.n %% 90000)",
            "outstanding_cents": "CASE WHEN t.n %% 50 = 0 THEN 12100 ELSE 0 END",
            "search_text": f"'f/' || (t.n + 1) || ' ' || {whose}",
            "draft_key": "NULL",
        })  # fmt: skip
    settle(Party, Invoice)
    return organisation


def settle(*models: Any) -> None:
    """After copying rows in the database: what finds their text, and the statistics that the
    database makes by itself a minute after so many rows come in. Outside a scope: PostgreSQL
    refuses VACUUM in the message that tells the organisation."""
    from django.db import connection

    from lonja.accounts import locks

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for model in models:
                table = model._meta.db_table
                cursor.execute(f"INSERT INTO {table}_fts({table}_fts) VALUES('rebuild')")
            locks.put_back()
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _name_expression(number: str) -> str:
    """SQL of the folded name of the client with that number: «clinica dental ruzafa 413»."""

    def one_of(words: list[str], which: str) -> str:
        cases = " ".join(f"WHEN {n} THEN '{word}'" for n, word in enumerate(words))
        return f"(CASE {which} %% {len(words)} {cases} END)"

    place = one_of(PLACES, f"({number} / {len(TRADES)})")
    return f"{one_of(TRADES, number)} || ' ' || {place} || ' ' || {number}"


def _half_a_name(n: int) -> str:
    """What a person types of the name of client n: the beginning of two words."""
    trade, place = TRADES[n % len(TRADES)], PLACES[n // len(TRADES) % len(PLACES)]
    return f"{trade.split()[0][:5]}+{place.split()[-1][:5]}"


def _day_expression(number: str, first: Any) -> str:
    """SQL of a date: a thousand days from `first`, over and over."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"date('{first.isoformat()}', '+' || ({number} %% 1000) || ' days')"
    return f"(date '{first.isoformat()}' + ({number} %% 1000)::integer)"


def _clone(row: Any, count: int, varying: dict[str, str]) -> None:
    """Copy a row so many times less one; `varying` holds SQL over `t.n` for columns."""
    from django.db import connection, transaction

    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    values = ", ".join(varying.get(column, f"o.{column}") for column in columns)
    # In pieces: SQLite keeps what it selects from the table it inserts into in memory.
    for start in range(1, count, PIECE):
        end = min(start + PIECE, count) - 1
        if connection.vendor == "sqlite":
            numbers = (
                f"WITH RECURSIVE t(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM t "  # noqa: S608
                f"WHERE n < {end})"
            )
            source = "t"
        else:
            numbers, source = "", f"generate_series({start}, {end}) AS t(n)"
        sql = (
            f"INSERT INTO {table} ({', '.join(columns)}) {numbers} "  # noqa: S608
            f"SELECT {values} FROM {source}, {table} o WHERE o.id = %s"
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [row.pk])
    if connection.vendor == "postgresql":
        # References to it are checked as was planned when it was empty, row by row, until then.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
