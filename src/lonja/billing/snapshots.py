"""The parties of an invoice frozen as they are on the day it is issued."""

from __future__ import annotations

from typing import Any

from lonja.accounts.models import Company
from lonja.accounts.prepared import Prepared, Slot
from lonja.billing.models import DocumentStyle, Invoice, IssuedBy, Series
from lonja.parties.models import Party

_style = Prepared(
    lambda: DocumentStyle.objects.filter(company_id=Slot("company")).order_by("pk")[:1]
)


def issuer_snapshot(company: Company) -> dict[str, Any]:
    """Keys: name, trade_name, nif, address (lines), country, email, phone, website, registry,
    iban, accent, tagline, logo (stored file id or None), territory, template and ticket (how it
    is printed: `billing.paper`), and the parts of the address (`_parts`)."""
    style = _style.first(company=company.pk) or DocumentStyle()
    return {
        "name": company.legal_name,
        "trade_name": company.display_name,
        "nif": company.nif,
        "address": company.address_lines,
        "country": company.country,
        "email": company.email,
        "phone": company.phone,
        "website": company.website,
        "registry": company.registry,
        "iban": company.iban,
        "accent": company.accent,
        "tagline": company.tagline,
        "logo": company.logo_id,
        "territory": company.territory,
        "template": style.template,
        "ticket": style.ticket,
        **_parts(company),
    }


def issue_for_another(invoice: Invoice, series: Series) -> None:
    """Say on an invoice being issued that not its company issues it: keys `issued_by` («T», «D»),
    `for_name` and `for_nif` of the frozen issuer, and the mention of RD 1619/2012 art. 6.1.l."""
    invoice.issuer = {
        **invoice.issuer,
        "issued_by": series.issued_by,
        "for_name": series.issuer_name,
        "for_nif": series.issuer_nif,
    }
    said = "Facturación por el destinatario"
    if series.issued_by == IssuedBy.THIRD:
        said = f"Expedida por {series.issuer_name} ({series.issuer_nif}) en nombre del emisor"
    invoice.legends = [*invoice.legends, said]


def recipient_snapshot(party: Party) -> dict[str, Any]:
    """Keys: name, nif, id_type, country, address (lines), language, kind, iban, and the parts of
    the address."""
    return {
        "name": party.name,
        "nif": party.nif,
        "id_type": party.id_type,
        "country": party.country,
        "address": party.address_lines,
        "language": party.language,
        "kind": party.kind,
        "iban": party.iban,
        **_parts(party),
    }


def _parts(who: Company | Party) -> dict[str, str]:
    """street, postcode, city, province: what electronic invoices want apart."""
    return {
        "street": who.address,
        "postcode": who.postcode,
        "city": who.city,
        "province": who.province,
    }
