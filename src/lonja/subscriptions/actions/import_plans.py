"""A list of recurring services from another program: each row, a plan of one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lonja.accounts.bulk import insert_objects, insert_rows
from lonja.accounts.models import Company, Organisation
from lonja.accounts.scope import current_organisation_id
from lonja.activity import record_many
from lonja.catalogue.models import Product
from lonja.imports import CREATED, UNCHANGED, UPDATED, Importer, Row
from lonja.kit.dates import next_occurrence_index
from lonja.kit.money import from_cents
from lonja.subscriptions import permissions
from lonja.subscriptions.actions.plan_rows import FIELDS, Key, Reader, Wanted
from lonja.subscriptions.actions.plans import LINE_FIELDS, build_lines, change_plan, value
from lonja.subscriptions.calendar import first_day_after, schedule
from lonja.subscriptions.frequency import frequency_key
from lonja.subscriptions.models import Plan, PlanLine, PlanStatus, PlanTerm, Unit


@dataclass
class Known:
    """A plan there is, or one of this batch that is not written yet."""

    plan: Plan
    lines: list[PlanLine]
    changes: dict[str, Any] = field(default_factory=dict)
    # Quantity and price of the lines as they were written, by id.
    written: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.written = {
            line.pk: (line.quantity, line.unit_price) for line in self.lines if line.pk is not None
        }

    @property
    def lines_changed(self) -> bool:
        """False also when a later row of the file put back what an earlier one changed."""
        return any(self.written[line.pk] != (line.quantity, line.unit_price) for line in self.lines)

    def line_of(self, product: Product) -> PlanLine:
        return next(line for line in self.lines if line.product_id == product.pk)


class PlanImporter(Importer):
    """Plans are the same one when client, product, first date and periodicity are."""

    kind = "plans"
    label = gettext_lazy("Servicios recurrentes")
    icon = "repeat"
    permission = permissions.EDIT
    order = 30
    fields = FIELDS
    result_url = "subscriptions:plan_list"
    result_label = gettext_lazy("Ver las plantillas recurrentes")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seen: dict[Key, int] = {}
        self.reader = Reader(by=self.by, today=self.today)
        self._empty()

    def _empty(self) -> None:
        self.known: dict[Key, Known] = {}
        self.new: list[Known] = []
        self.changed: dict[int, Known] = {}

    # The engine's calls -----------------------------------------------------------------------

    def remember(self, row: Row) -> None:
        self.reader.load([row])
        wanted = self.reader.wanted(row)
        if wanted is not None:
            self.seen.setdefault(wanted.key, row.number)

    def prepare(self, rows: Sequence[Row]) -> None:
        if connection.vendor == "postgresql":
            # Two files at once must not start the same plan twice. SQLite writes one by one.
            Organisation.objects.select_for_update(no_key=True).get(pk=current_organisation_id())
        self.reader.load(rows)
        self._load_plans(rows)

    def _load_plans(self, rows: Sequence[Row]) -> None:
        parties, products = self.reader.parties_of(rows), self.reader.products_of(rows)
        companies = {company.pk: company for company in Company.objects.all()}
        lines = PlanLine.objects.filter(product__in=products, plan__party__in=parties)
        of_plan: dict[int, list[PlanLine]] = {}
        for line in lines.select_related("plan").order_by("plan_id", "position", "pk"):
            of_plan.setdefault(line.plan_id, []).append(line)
        # Active plans first: a client may come back to a service that ended.
        for found in sorted(of_plan.values(), key=lambda ls: ls[0].plan.status == PlanStatus.ENDED):
            plan = found[0].plan
            plan.party, plan.company = parties[plan.party_id], companies[plan.company_id]
            known = Known(plan, found)
            for line in found:
                key = (plan.party_id, cast(int, line.product_id), plan.anchor,
                       frequency_key(plan.every, plan.unit))  # fmt: skip
                self.known.setdefault(key, known)

    def row(self, row: Row) -> str:
        wanted = self.reader.wanted(row)
        if wanted is None:
            return UNCHANGED
        repeated = self.seen.get(wanted.key)
        self.seen.setdefault(wanted.key, row.number)
        if repeated is not None:
            row.warn(
                "code",
                "duplicate_in_file",
                _("El mismo servicio ya estaba en la fila %(row)s: se ha actualizado con esta.")
                % {"row": repeated},
            )
        known = self.known.get(wanted.key)
        if known is None:
            known = self.known[wanted.key] = self._start(row, wanted)
            self.new.append(known)
            return CREATED if repeated is None else UPDATED
        if known.plan.status == PlanStatus.ENDED:
            row.warn(
                "code", "plan_ended", _("Ese servicio está de baja en Lonja: se ha dejado así.")
            )
            return UNCHANGED
        return self._change(known, wanted)

    def forget(self) -> None:
        self._empty()

    def flush(self) -> None:
        self._write_new()
        for known in self.changed.values():
            lines = None
            if known.lines_changed:
                of_plan = list(known.plan.lines.all())
                mine = {line.pk: line for line in known.lines}
                lines = [
                    {name: getattr(mine.get(line.pk, line), name) for name in LINE_FIELDS}
                    for line in of_plan
                ]
            if not known.changes and lines is None:
                continue
            change_plan(known.plan, known.changes, lines, by=self.by, on=self.today)
        self._empty()

    def _write_new(self) -> None:
        for known in self.new:
            value(known.plan, known.lines)
            known.plan.fill_search_text()
        insert_objects([known.plan for known in self.new])
        insert_rows(
            PlanLine,
            [
                {name: line.__dict__[name] for name in (*LINE_FIELDS, "net_cents", "position")}
                | {"plan_id": known.plan.pk}
                for known in self.new
                for line in known.lines
            ],
        )
        insert_rows(
            PlanTerm,
            [
                {
                    "plan_id": known.plan.pk,
                    "party_id": known.plan.party_id,
                    "company_id": known.plan.company_id,
                    "starts_on": known.plan.anchor,
                    "ends_on": first_day_after(known.plan),
                    "monthly_cents": known.plan.monthly_cents,
                }
                for known in self.new
                if known.plan.unit != Unit.ONCE
            ],
        )
        record_many(
            self.by,
            "subscriptions.started",
            [
                (
                    known.plan,
                    {
                        "monthly": str(from_cents(known.plan.monthly_cents)),
                        "import": self.run_id,
                    },
                )
                for known in self.new
            ],
        )

    # From a row to a plan ---------------------------------------------------------------------

    def _start(self, row: Row, wanted: Wanted) -> Known:
        """The plan of a row, unsaved; periods before today are skipped unless told otherwise."""
        product = wanted.product
        lines = build_lines(
            [
                {
                    "product_id": product.pk,
                    "concept": product.name,
                    "detail": product.description,
                    "quantity": Decimal(1) if wanted.quantity is None else wanted.quantity,
                    "unit": product.unit,
                    "unit_price": product.price if wanted.price is None else wanted.price,
                    "tax_category": product.tax_category,
                }
            ]
        )
        plan = Plan(
            company=self.company,
            party=wanted.party,
            name=product.name[:160],
            every=wanted.every,
            unit=wanted.unit,
            anchor=wanted.anchor,
            until=wanted.until,
            emails=wanted.emails or [],
            created_by=self.by,
        )
        missed = 0
        if wanted.unit != Unit.ONCE:
            missed = next_occurrence_index(wanted.anchor, wanted.every, wanted.unit, self.today)
        elif wanted.anchor < self.today:
            missed = 1
        if not wanted.bill_missed:
            plan.next_index = missed
        schedule(plan)
        if missed:
            self._tell_missed(row, wanted, missed)
        if plan.next_on == self.today:
            row.warn(
                "anchor",
                "due_today",
                _("Su factura de hoy saldrá a los pocos minutos de importar."),
            )
        if plan.next_on is None:
            row.warn("until", "nothing_left", _("Ya no le queda ninguna factura por hacer."))
        return Known(plan, lines)

    def _tell_missed(self, row: Row, wanted: Wanted, missed: int) -> None:
        if wanted.bill_missed:
            said = ngettext(
                "Tiene un periodo anterior a hoy: se facturará en la próxima ejecución.",
                "Tiene %(n)s periodos anteriores a hoy: se facturarán en la próxima ejecución.",
                missed,
            )
            row.warn("anchor", "missed_billed", said % {"n": missed})
            return
        said = ngettext(
            "Tiene un periodo anterior a hoy: no se facturará. Si no está facturado, escribe «sí» "
            "en una columna «Facturar lo atrasado».",
            "Tiene %(n)s periodos anteriores a hoy: no se facturarán. Si no están facturados, "
            "escribe «sí» en una columna «Facturar lo atrasado».",
            missed,
        )
        row.warn("anchor", "missed_skipped", said % {"n": missed})

    def _change(self, known: Known, wanted: Wanted) -> str:
        """Note what the row changes of a plan there is. Nothing is written."""
        plan, line = known.plan, known.line_of(wanted.product)
        changes: dict[str, Any] = {}
        if wanted.until is not None and wanted.until != plan.until:
            changes["until"] = wanted.until
        if wanted.emails is not None and wanted.emails != plan.emails:
            changes["emails"] = wanted.emails
        lines_changed = False
        for name, told in (("quantity", wanted.quantity), ("unit_price", wanted.price)):
            if told is not None and told != getattr(line, name):
                setattr(line, name, told)
                lines_changed = True
        if not changes and not lines_changed:
            return UNCHANGED
        if plan.pk is None:
            for name, new in changes.items():
                setattr(plan, name, new)
            known.lines = build_lines(
                [{name: getattr(line, name) for name in LINE_FIELDS} for line in known.lines]
            )
            schedule(plan)
            return UPDATED
        known.changes |= changes
        self.changed[plan.pk] = known
        return UPDATED
