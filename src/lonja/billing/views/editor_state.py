"""A draft as the editor sees it: what is typed, what it adds up to, where it posts."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing import permissions, reports
from lonja.billing.calculation import apply_totals, invoice_totals, tax_rows
from lonja.billing.document_rows import charged_by, total_rows
from lonja.billing.forms.draft import DraftForm, own_series_of, shown_conditions
from lonja.billing.forms.lines import Lines, tax_choices
from lonja.billing.kinds import kind_of
from lonja.billing.models import (
    CreditChoice,
    Invoice,
    InvoiceLine,
    InvoiceReference,
    InvoiceTax,
    ReferenceRole,
)
from lonja.billing.regimes import active_regime
from lonja.billing.views.editor_parts import (
    Advances,
    correction_rows,
    reference_texts,
)
from lonja.documents.figures import SPANISH
from lonja.documents.words import speaker
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, format_money, from_cents
from lonja.parties.models import Party
from lonja.tax.categories import categories

KEY = "b"  # names the draft that an empty editor will make when it first saves


class Editor:
    """A draft, what is typed about it, and its totals as far as they can be computed."""

    def __init__(self, request: HttpRequest, invoice: Invoice) -> None:
        self.request, self.invoice = request, invoice
        self.member: Membership = request.member  # type: ignore[attr-defined]
        data = request.POST if request.method == "POST" else None
        saved = list(invoice.lines.all()) if invoice.pk else []
        self.form = DraftForm(
            data, invoice=invoice, member=self.member, today=invoice.company.today()
        )
        default = categories(invoice.company.territory)[0].code
        if invoice.party_id and invoice.party.tax_category:
            default = invoice.party.tax_category
        default = kind_of(invoice.kind).own_category or default
        taxes = tax_choices(invoice.company.territory, invoice.issued_on)
        self.lines = Lines(
            data,
            lines=saved,
            taxes=taxes,
            default_tax=default,
            today=invoice.company.today(),
        )
        self.built: list[InvoiceLine] = saved
        self.nets: list[Any] = []
        self.references: list[InvoiceReference] = (
            list(invoice.references.select_related("target")) if invoice.pk else []
        )
        self.advances = Advances(self)
        self.refused: Refused | None = None
        self.picking = False
        self.changed_client = False
        if data is not None:
            self._read(data)

    def _read(self, data: Any) -> None:
        self.is_valid = all([self.form.is_valid(), self.lines.is_valid()])
        before = data.get("party_before", "")
        self.form.fill()
        if data.get("saldo") in CreditChoice.values:
            self.invoice.credit_choice = data["saldo"]
        self.built = self.lines.built()
        party = self.form.cleaned_data.get("party")
        self.changed_client = party is not None and before != str(party.pk)
        if self.changed_client:
            take_conditions(self.invoice)
            typed = cast(QueryDict, self.form.data).copy()
            for name, text in shown_conditions(self.invoice).items():
                typed[name] = text
            self.form.data = typed
        self.picking = data.get("accion") == "cambiar" and self.form.may_change_client
        kept = [row for row in self.references if row.role != ReferenceRole.ADVANCE]
        self.references = kept + self.advances.asked(data)

    def compute(self) -> None:
        """Totals on the draft and its lines, not saved; a refusal is kept to be shown."""
        self.taxes: list[InvoiceTax] = []
        if self.invoice.currency != "EUR" and not self.invoice.exchange_rate:
            text = _("Falta el tipo de cambio: la cuota del impuesto va en euros.")
            self.refused = Refused("exchange_rate_missing", text, field="exchange_rate")
            return
        try:
            _taxed, totals = invoice_totals(self.invoice, self.built, self.invoice.issued_on)
        except Refused as refused:
            self.refused = refused
            return
        self.nets = list(totals.lines_net)
        apply_totals(self.invoice, self.built, totals)
        self.taxes = [InvoiceTax(**row) for row in tax_rows(totals)]

    @property
    def amounts(self) -> list[tuple[Any, str]]:
        """Each row with its amount."""
        forms = self.lines.filled if self.form.is_bound else self.lines.forms
        by_form = dict(zip(map(id, forms), self.nets, strict=False))
        return [(form, self._amount(form, by_form.get(id(form)))) for form in self.lines.forms]

    def _amount(self, form: Any, net: Any) -> str:
        """The amount of a row; a row that is not understood has none."""
        if form.is_bound and not form.is_blank and form.errors:
            return "—"
        return format_money(net or 0, self.invoice.currency)

    @property
    def has_more(self) -> bool:
        """Whether the folded part of the form holds something worth showing."""
        invoice = self.invoice
        if kind_of(invoice.kind).corrects:  # what it has is that of the original
            return bool(invoice.art80_on or self.form.errors)
        typed = invoice.operation_on, invoice.reference, invoice.withholding_pct
        more = invoice.global_discount_pct, invoice.surcharge, invoice.internal_notes
        rest = invoice.global_discount_cents, invoice.advance_cents, invoice.currency != "EUR"
        names = (
            *("operation_on", "reference", "withholding_pct", "global_discount_pct", "surcharge"),
            *("global_discount_cents", "advance_cents", "currency", "exchange_rate"),
            "instalment_terms",
        )
        return any((*typed, *more, *rest, invoice.instalment_terms)) or any(
            name in self.form.errors for name in names
        )

    def _credit_choices(self) -> list[tuple[str, Any, bool]]:
        """(value, label, whether it is the chosen one); giving back only for who may."""
        may = self.member.can(permissions.SETTLE)
        return [
            (value, label, value == self.invoice.credit_choice)
            for value, label in CreditChoice.choices
            if may or value != CreditChoice.REFUND
        ]

    def context(self) -> dict[str, Any]:
        invoice = self.invoice
        series = invoice.series or own_series_of(invoice).first()
        year = invoice.issued_on.year
        last = reports.last_issue_date(series, year) if series is not None else None
        party = invoice.party if invoice.party_id else None
        posted = self.request.POST
        owed = charged_by(invoice)
        return {
            "kind": kind_of(invoice.kind),
            "foreign": _foreign(invoice) if owed == invoice.payable_cents else "",
            "owed": abs(owed),
            "owed_label": _("A favor del cliente") if owed < 0 else _("A cobrar"),
            "changed_kind": self.form.changed_kind,
            "changed_currency": posted.get("currency_before", invoice.currency) != invoice.currency,
            "named": reference_texts(self.references),
            "correction": correction_rows(invoice, self.references),
            "advances": self.advances,
            "credit_choices": self._credit_choices(),
            "adviser_url": reverse("billing:adviser"),
            "invoice": invoice,
            "form": self.form,
            "lines": self.lines,
            "rows": self.amounts,
            "party": None if self.picking else party,
            "totals": total_rows(
                invoice, self.taxes, speaker(get_language() or "es", figures=SPANISH)
            ),
            "total_refused": self.refused,
            "next_number": reports.next_number(series, year) if series is not None else "",
            "earlier_than": last if last is not None and invoice.issued_on < last else None,
            "regime": active_regime(invoice.company),
            "urls": urls_of(invoice),
            "may_issue": self.member.can(permissions.ISSUE),
            "client_new": _client_new(invoice),
            "page_title": _title(invoice),
            "changed_client": self.changed_client,
            "party_facts": _party_facts(party) if party is not None else [],
            "more_open": self.has_more,
            "zero": format_eur(0),
        }


def _foreign(invoice: Invoice) -> str:
    """What is to be collected in the currency of the invoice; empty in euros."""
    if invoice.currency == "EUR" or invoice.foreign_payable_cents is None:
        return ""
    return format_money(from_cents(invoice.foreign_payable_cents), invoice.currency)


def _title(invoice: Invoice) -> str:
    kind = kind_of(invoice.kind)
    if not kind.starts_blank:
        return str(kind.label)
    return _("Borrador de factura") if invoice.pk else _("Nueva factura")


def _client_new(invoice: Invoice) -> str:
    """Where a client is created from the editor: it comes back with the client chosen."""
    url = link("parties:client_new")
    return f"{url}?{urlencode({'volver': urls_of(invoice)['page']})}" if url else ""


def _party_facts(party: Party) -> list[str]:
    facts = (party.nif, party.address, party.city, party.email)
    return [fact for fact in facts if fact]


def link(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def urls_of(invoice: Invoice) -> dict[str, str]:
    """Where the editor of a draft posts; a new one names the draft it will make."""
    if invoice.pk:
        names = {"page": "invoice_edit", "save": "draft_save", "totals": "draft_totals"}
        found = {key: reverse(f"billing:{name}", args=[invoice.pk]) for key, name in names.items()}
        found["preview"] = reverse("billing:draft_preview", args=[invoice.pk])
        found["copy"] = reverse("billing:duplicate", args=[invoice.pk])
        if kind_of(invoice.kind).starts_blank:
            found["proforma"] = reverse("billing:proforma_make", args=[invoice.pk])
        found["delete"] = reverse("billing:draft_delete", args=[invoice.pk])
    else:
        tail = f"?{KEY}={invoice.draft_key}"
        found = {
            "page": reverse("billing:invoice_new") + tail,
            "save": reverse("billing:draft_new_save") + tail,
            "totals": reverse("billing:draft_new_totals") + tail,
            "preview": reverse("billing:draft_new_preview") + tail,
        }
    found["back"] = reverse("billing:invoice_list")
    found["catalogue"] = f"{reverse('catalogue:product_options')}?unidad=en-cantidad"
    return found


def take_conditions(invoice: Invoice) -> None:
    """Put on a draft what was agreed with its client."""
    party = invoice.party
    invoice.due_on = party.due_on(invoice.issued_on, invoice.company.payment_terms_days)
    invoice.payment_method = party.payment_method
    invoice.withholding_pct = (
        party.withholding_pct if kind_of(invoice.kind).needs_identity else None
    )
    invoice.surcharge = party.surcharge
    invoice.instalment_terms = party.instalment_terms
