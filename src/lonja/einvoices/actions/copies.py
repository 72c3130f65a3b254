"""Making the electronic copies of an invoice."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.billing.models import Invoice
from lonja.billing.pdf import invoice_pdf
from lonja.documents.pdf_tools import load_pyhanko
from lonja.einvoices.document import Centre, Document, document_of
from lonja.einvoices.en16931.cii import cii_xml
from lonja.einvoices.en16931.model import refuse_unless_expressible
from lonja.einvoices.en16931.ubl import ubl_xml
from lonja.einvoices.facturae.sign import sign_facturae
from lonja.einvoices.facturae.xml import facturae_root
from lonja.einvoices.keys import SigningKey
from lonja.einvoices.models import EinvoiceProfile, ElectronicCopy, Format, SigningCertificate
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused


@dataclass(frozen=True)
class Kind:
    """Name and type of the file of a format: `pattern` takes the number of the invoice."""

    pattern: str
    content_type: str


KINDS = {
    Format.FACTURAE: Kind("Facturae {}.xsig", "application/xml"),
    Format.UBL: Kind("UBL {}.xml", "application/xml"),
    Format.CII: Kind("CII {}.xml", "application/xml"),
    Format.FACTURX: Kind("Factur-X {}.pdf", "application/pdf"),
    Format.UBL_COPY: Kind("Copia fiel {}.xml", "application/xml"),
}


def file_name(invoice: Invoice, kind: str) -> str:
    """The number without what file systems refuse, as in the PDF."""
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in invoice.number)
    return KINDS[Format(kind)].pattern.format(safe)


def electronic_copy(invoice: Invoice, kind: str) -> StoredFile:
    """The invoice in that format: made once, kept, and from then on always the same bytes.

    Raises Refused for a draft, when the format cannot say what the invoice says, when something
    is missing in a ficha, or without a certificate to sign with.
    """
    return kept_copy(invoice, kind).file


def kept_copy(invoice: Invoice, kind: str) -> ElectronicCopy:
    """The row of `electronic_copy`."""
    profile = EinvoiceProfile.objects.filter(party_id=invoice.party.root_id).first()
    variant = profile.variant if profile is not None and kind == Format.FACTURAE else ""
    rows = ElectronicCopy.objects.select_related("file").filter(
        invoice=invoice, format=kind, variant=variant
    )
    kept = rows.first()
    if kept is not None:
        return kept
    content = _made(invoice, Format(kind), profile.centres if profile is not None else ())
    with transaction.atomic():
        Invoice.objects.locked(invoice)
        kept = rows.first()  # somebody was faster: theirs is the original
        if kept is None:
            file = store(file_name(invoice, kind), content, KINDS[Format(kind)].content_type)
            kept = ElectronicCopy.objects.create(
                invoice=invoice, format=kind, variant=variant, file=file
            )
    return kept


def _made(invoice: Invoice, kind: Format, centres: tuple[Centre, ...]) -> bytes:
    document = document_of(invoice, centres)
    if kind == Format.FACTURAE:
        refuse_unless_own(invoice)
        key = signing_key(invoice)
        return sign_facturae(facturae_root(document), key, timezone.now())
    if kind == Format.FACTURX:
        load_pyhanko()
        from lonja.einvoices.facturx import facturx_pdf  # slow to load, and few need it

        return facturx_pdf(invoice_pdf(invoice).read(), cii_xml(document), timezone.now())
    if kind == Format.CII:
        return cii_xml(document)
    return ubl_xml(document, copy=kind == Format.UBL_COPY)


def refuse_unless_own(invoice: Invoice) -> None:
    """In Facturae who issues is who signs: a third party or the recipient signs its own."""
    if invoice.issuer.get("issued_by"):
        raise Refused(
            "facturae_issuer",
            _("La expide %(name)s en tu nombre: su Facturae lo firma quien la expide.")
            % {"name": invoice.issuer.get("for_name", "")},
        )


def signing_key(invoice: Invoice) -> SigningKey:
    """The key that signs for the company. Raises Refused without one in force."""
    certificate = SigningCertificate.objects.filter(
        company_id=invoice.company_id, is_current=True
    ).first()
    if certificate is None:
        raise Refused(
            "no_certificate",
            _(
                "Facturae va firmada y todavía no hay certificado. Súbelo en Configuración › "
                "Facturación electrónica."
            ),
        )
    if not certificate.is_valid_at(timezone.now()):
        raise Refused(
            "certificate_expired",
            _(
                "El certificado de firma ha caducado. Sube el nuevo en Configuración › "
                "Facturación electrónica."
            ),
        )
    return certificate.open()


def why_not(invoice: Invoice, kind: str, *, document: Document | None = None) -> Refused | None:
    """Why the invoice cannot be had in that format, or None. Cheap: nothing is written."""
    try:
        document = document or document_of(invoice)
        if kind == Format.FACTURAE:
            refuse_unless_own(invoice)
            document.required_buyer()
            if not SigningCertificate.objects.filter(
                company_id=invoice.company_id, is_current=True, not_after__gt=timezone.now()
            ).exists():
                signing_key(invoice)
        else:
            refuse_unless_expressible(document)
    except Refused as refused:
        return refused
    return None
