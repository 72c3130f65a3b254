"""All checks in order, over one unchanging view of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection

from lonja.accounts.models import Organisation
from lonja.accounts.scope import all_organisations, scope
from lonja.accounts.snapshot import one_view
from lonja.billing.models import Entry, Invoice
from lonja.billing.verify import check_billing
from lonja.config.verification import books, records, storage
from lonja.config.verification.problems import Problem, Report
from lonja.fiscal.models import Chain

MOST_PROBLEMS = 1000


def verify(
    slug: str = "", *, told: Callable[[str], None] = lambda _line: None, files: bool = True
) -> Report:
    """Check one organisation, or all and the database under them.

    `told` hears what is being checked. At most a thousand problems are listed. Raises
    Organisation.DoesNotExist.
    """
    report = Report()
    with one_view():
        organisations = list(Organisation.objects.order_by("pk"))
        if slug:
            organisations = [Organisation.objects.get(slug=slug)]
        for organisation in organisations:
            told(organisation.name)
            with scope(organisation):
                _check_organisation(organisation, report, files)
        if not slug:
            told("SQLite" if connection.vendor == "sqlite" else "PostgreSQL")
            with all_organisations():
                _add(report, "", storage.check_references(report.checked))
                _add(report, "", storage.check_database(report.checked))
                if files:
                    report.notes += storage.stray_files()
    return report


def _check_organisation(organisation: Organisation, report: Report, files: bool) -> None:
    place = organisation.slug
    report.checked["organisations"] += 1
    for chain in Chain.objects.select_related("organisation").order_by("pk"):
        problems, broken = records.check_chain(chain, report.checked)
        _add(report, place, iter(problems))
        report.first_broken = report.first_broken or broken
        _add(report, place, records.check_queue(chain))
        report.checked["chains"] += 1
    report.checked["invoices"] += Invoice.objects.exclude(number="").count()
    report.checked["entries"] += Entry.objects.count()
    billing = (Problem(p.code, p.where, p.text) for p in check_billing(organisation))
    for found in (
        records.check_missing_records(),
        billing,
        books.check_charges(),
        books.check_line_sums(),
        books.check_obligations(),
        storage.check_files(report.checked) if files else iter(()),
    ):
        _add(report, place, found)
    if files:
        report.notes += [
            Problem(note.code, f"{place}: {note.where}", note.message)
            for note in storage.orphan_files()
        ]


def _add(report: Report, place: str, found: Iterator[Problem]) -> None:
    for problem in found:
        if len(report.problems) >= MOST_PROBLEMS:
            return
        where = f"{place}: {problem.where}" if place else problem.where
        report.problems.append(Problem(problem.code, where, problem.message))
