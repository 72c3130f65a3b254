"""«Cobros»: what is still to collect, by age, and the money received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property, partial
from itertools import islice
from typing import Any, cast

from django.db.models import Count, Prefetch, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.textsearch import filter_text
from lonja.billing import bulk as jobs_of
from lonja.billing import late, permissions
from lonja.billing.forms.payment import BulkPaymentForm
from lonja.billing.models import Invoice, Receipt
from lonja.billing.terms_due import later_terms, moved
from lonja.kit.money import MINUS
from lonja.kit.text import search_text
from lonja.parties.models import Party, PaymentMethod
from lonja.ui import cells
from lonja.ui.tables import (
    Action,
    BulkAction,
    ChoiceFilter,
    Column,
    DateFilter,
    Empty,
    FlagFilter,
    Tab,
    Table,
)

# Ages of debt in days after it fell due, both ends included; the first is not due yet.
AGES: tuple[tuple[str, Any, int | None, int | None, str], ...] = (
    ("al-corriente", _("No vencido"), None, 0, "c1"),
    ("1-30", _("1–30 días"), 1, 30, "c5"),
    ("31-60", _("31–60"), 31, 60, "warn"),
    ("61-90", _("61–90"), 61, 90, "bad"),
    ("mas-90", _("+90"), 91, None, "bad"),
)


def age_filter(slug: str, today: date, column: str = "next_due_on") -> Q:
    """Invoices whose next due date is of that age on a day (or what has another such column)."""
    _slug, _label, least, most, _fill = next(age for age in AGES if age[0] == slug)
    when = Q()
    if least is not None:
        when &= Q(**{f"{column}__lte": today - timedelta(days=least)})
    if most is not None:
        when &= Q(**{f"{column}__gte": today - timedelta(days=most)})
    return when


def moved_by_terms(today: date, prefix: str) -> dict[str, Any]:
    """`moved` for these ages: prefix and place in `AGES` → what terms add to it."""
    return moved({f"{prefix}{n}": partial(age_filter, age[0], today) for n, age in enumerate(AGES)})


def ages_of(member: Any, today: date) -> list[dict[str, Any]]:
    """Cents and invoices of each age: what is owed in terms, each at its own age; an invoice, at
    that of its first unpaid one. Two queries."""
    rows = Invoice.objects.visible_to(member).unpaid().filter(outstanding_cents__gt=0)
    asked: dict[str, Any] = {}
    for number, (slug, *_rest) in enumerate(AGES):
        when = age_filter(slug, today)
        asked[f"cents{number}"] = Sum("outstanding_cents", filter=when)
        asked[f"n{number}"] = Count("pk", filter=when)
    found = rows.order_by().aggregate(**asked)
    for name, cents in later_terms(rows, today).aggregate(**moved_by_terms(today, "cents")).items():
        found[name] = (found[name] or 0) + cents
    return [
        {
            "slug": slug,
            "label": label,
            "fill": fill,
            "cents": found[f"cents{number}"] or 0,
            "n": found[f"n{number}"],
        }
        for number, (slug, label, _least, _most, fill) in enumerate(AGES)
    ]


def _tab(slug: str, label: Any) -> Tab:
    return Tab(slug, label, lambda q, m: q.filter(age_filter(slug, timezone.localdate())))


def _days(invoice: Invoice) -> Any:
    if invoice.next_due_on is None:
        return cells.NOTHING
    days = (timezone.localdate() - invoice.next_due_on).days
    if days > 0:
        return format_html('<span class="tn tone-bad strong">{}</span>', days)
    return format_html('<span class="tn z">{}</span>', str(days).replace("-", MINUS))


def _days_number(invoice: Invoice) -> int | None:
    if invoice.next_due_on is None:
        return None
    return (timezone.localdate() - invoice.next_due_on).days


def _last(invoice: Invoice) -> Any:
    plan = invoice.plan  # type: ignore[attr-defined]
    return cells.when(plan.last.at, near=True) if plan.last else cells.NOTHING


def _next(invoice: Invoice) -> Any:
    if invoice.disputed_on is not None:
        return cells.badge(gettext("En disputa"), "warn")
    plan = invoice.plan  # type: ignore[attr-defined]
    return cells.when(plan.next_on) if plan.next is not None else cells.NOTHING


class CollectionsTable(Table):
    """Open invoices, the oldest debt first. The bar of ages above is its filter."""

    slug, title, permission = "billing.collections", _("Cobros"), permissions.PAYMENTS
    search_hint = _("Número o cliente")
    default_order = "next_due_on"
    template = "billing/collections.html"
    columns = (
        Column("number", _("Factura"), key=True, card="sub"),
        Column("party.name", _("Cliente"), cut=True, card="title"),
        Column("next_due_on", _("Vencimiento"), kind="date", sort="next_due_on"),
        Column("days", _("Días"), kind="number", cell=_days, export=_days_number),
        Column(
            "status",
            _("Estado"),
            cell=lambda i: cells.badge(*i.state(timezone.localdate())),
            export=lambda i: str(i.state(timezone.localdate())[0]),
            card="sub2",
        ),
        Column("outstanding_cents", _("Pendiente"), kind="money", card="end"),
        Column(
            "last_reminder",
            _("Último aviso"),
            cell=_last,
            export=lambda i: i.plan.last and timezone.localtime(i.plan.last.at).date(),
        ),
        Column("next_reminder", _("Próximo aviso"), cell=_next, export=lambda i: i.plan.next_on),
    )
    tabs = (Tab("", _("Todo")), *(_tab(slug, label) for slug, label, *_rest in AGES))
    filters = (
        ChoiceFilter("metodo", _("Forma de pago"), PaymentMethod, field="payment_method"),
        FlagFilter(
            "disputa", _("En disputa"), apply=lambda q, v: q.filter(disputed_on__isnull=False)
        ),
    )
    switch = (
        Action(_("Por factura"), "billing:collections", permission=permissions.PAYMENTS),
        Action(_("Por cliente"), "billing:collections_clients", permission=permissions.PAYMENTS),
        Action(_("Recibidos"), "billing:receipt_list", permission=permissions.PAYMENTS),
    )
    primary = Action(
        _("Registrar cobro"),
        "billing:receipt_new",
        icon="coin-euro",
        permission=permissions.SETTLE,
        drawer=True,
    )
    bulk = (
        BulkAction(
            "recordar",
            _("Recordar"),
            "bell-ringing",
            permissions.SEND,
            many=jobs_of.start("remind"),
        ),
        BulkAction(
            "cobrar",
            _("Registrar cobro"),
            "coin-euro",
            permissions.SETTLE,
            many=jobs_of.start("settle"),
            form=BulkPaymentForm,
        ),
    )
    empty = Empty("coin-euro", _("No te deben nada. Lo que esté por cobrar aparecerá aquí."))
    nothing = _("Nada por cobrar con ese filtro.")

    def rows(self) -> Any:
        rows = Invoice.objects.visible_to(self.member).unpaid().filter(outstanding_cents__gt=0)
        return rows.prefetch_related(Prefetch("party", Party.objects.only("name")))

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text))

    def row_url(self, row: Invoice) -> str:
        return reverse("billing:invoice", args=[row.pk])

    def row_actions(self, row: Invoice) -> Sequence[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        late_now = row.is_overdue(timezone.localdate())
        if late_now and row.disputed_on is None and self.member.can(permissions.SEND):
            url = reverse("billing:remind", args=[row.pk])
            found.append({"label": _("Recordar"), "url": url, "icon": "bell-ringing"})
        if self.member.can(permissions.SETTLE):
            url = reverse("billing:payment_new", args=[row.pk])
            found.append({"label": _("Registrar cobro"), "url": url, "icon": "coin-euro"})
            url = reverse("billing:apply_to_invoice", args=[row.pk])
            found.append({"label": _("Aplicar saldo"), "url": url, "icon": "arrows-exchange"})
            url = reverse("billing:dispute", args=[row.pk])
            label = _("Cerrar la disputa") if row.disputed_on else _("Anotar una disputa")
            found.append({"label": label, "url": url, "icon": "message-report"})
        return found

    @property
    def totals(self) -> dict[str, Any]:  # type: ignore[override]
        return {"outstanding_cents": Sum("outstanding_cents")}

    @cached_property
    def ages(self) -> list[dict[str, Any]]:
        """The ages for the bar, each leading to its tab."""
        rows = ages_of(self.member, timezone.localdate())
        total = sum(row["cents"] for row in rows)
        for row in rows:
            row["share"] = round(row["cents"] * 100 / total) if total else 0
            row["current"] = self.tab is not None and self.tab.slug == row["slug"]
        return rows

    @property
    def bar(self) -> list[tuple[int, str]]:
        return [(row["cents"], row["fill"]) for row in self.ages if row["cents"]]

    @property
    def bar_label(self) -> str:
        return ", ".join(f"{row['label']} {row['share']} %" for row in self.ages)

    @cached_property
    def page(self) -> Any:
        page = super().page
        self._tell(page.rows)
        return page

    def export_rows(self) -> Iterator[Invoice]:
        rows = cast(Iterator[Invoice], super().export_rows())
        while chunk := list(islice(rows, 500)):
            self._tell(chunk)
            yield from chunk

    def _tell(self, rows: Sequence[Invoice]) -> None:
        plans = late.plans_of(rows, timezone.localdate())
        for row in rows:
            row.plan = plans[row.pk]  # type: ignore[attr-defined]


def _receipt_state(row: Receipt) -> tuple[str, str]:
    if not row.is_undone:
        return gettext("Recibido"), "ok"
    return (
        (gettext("Devuelto"), "bad")
        if row.undone_reason == "returned"
        else (
            gettext("Deshecho"),
            "mut",
        )
    )


class ReceiptTable(Table):
    """Money received, the last first."""

    slug, title, permission = "billing.receipts", _("Cobros"), permissions.PAYMENTS
    export_name = "cobros-recibidos"
    search_hint = _("Cliente")
    default_order = "-on"
    drawer = True
    columns = (
        Column("on", _("Fecha"), kind="date", key=True, sort="on", card="sub"),
        Column("party.name", _("Cliente"), cut=True, card="title"),
        Column("method", _("Cómo"), read=lambda r: str(r.get_method_display())),
        Column("reference", _("Referencia"), cut=True),
        Column(
            "state",
            _("Estado"),
            cell=lambda r: cells.badge(*_receipt_state(r)),
            export=lambda r: _receipt_state(r)[0],
            card="sub2",
        ),
        Column("by", _("Lo registró"), read=lambda r: r.by and r.by.name, default=False),
        Column("amount_cents", _("Importe"), kind="money", card="end"),
    )
    filters = (
        DateFilter("fecha", _("Fecha"), field="on"),
        ChoiceFilter("metodo", _("Cómo"), PaymentMethod, field="method"),
    )
    tabs = (
        Tab("", _("Todos"), count=False),
        Tab("devueltos", _("Devueltos"), lambda q, m: q.filter(undone_reason="returned")),
    )
    switch = CollectionsTable.switch
    primary = CollectionsTable.primary
    empty = Empty("coin-euro", _("Registra tu primer cobro y verás aquí lo que entra."))
    totals = {"amount_cents": Sum("amount_cents", filter=Q(undone_at__isnull=True))}

    def rows(self) -> Any:
        rows = Receipt.objects.visible_to(self.member)
        return rows.select_related("party", "by__user")

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(party__search_text__contains=search_text(text))

    def row_url(self, row: Receipt) -> str:
        return reverse("billing:receipt", args=[row.pk])
