"""The customer's page: the invoice, what is owed, how to pay it, and the other open ones."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.models import Company, Organisation
from lonja.accounts.scope import scope
from lonja.billing.actions.customer import record_download, record_open
from lonja.billing.jobs import send_access
from lonja.billing.models import CustomerLink, Invoice
from lonja.billing.pdf import invoice_pdf, page_images
from lonja.billing.sending import language_of
from lonja.documents.epc import epc_payload
from lonja.documents.figures import writing_to
from lonja.documents.qr import qr_svg
from lonja.einvoices.actions.copies import electronic_copy
from lonja.einvoices.actions.profiles import offered_format
from lonja.einvoices.models import Format
from lonja.jobs import enqueue_once
from lonja.kit.errors import Refused
from lonja.kit.identifiers import format_iban
from lonja.kit.languages import known
from lonja.kit.money import from_cents
from lonja.parties.merging import family_of
from lonja.parties.models import PaymentMethod
from lonja.portal.customer import (
    brand_of,
    customer_link,
    find,
    invoice_of,
    is_robot,
    recover_url,
)
from lonja.portal.doors import _private, client_address, in_language, speaks_as_asked
from lonja.portal.forms import RecoverForm
from lonja.portal.views.quote import show as show_quote
from lonja.ui import brand
from lonja.ui.urls import global_url

ASKS, ASK_WINDOW = 5, 600  # times an address may ask for its link, in seconds
_SHOWN = 60
_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@csrf_exempt
def door(request: HttpRequest, token: str) -> HttpResponse:
    """`/p/<token>/` is the page of whatever the link opens: an invoice or a quote."""
    if find(token)[0] is not None:
        return _private(HttpResponseRedirect(global_url("portal:invoice", token)))
    return show_quote(request, token=token)


@customer_link
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    link: CustomerLink = request.link  # type: ignore[attr-defined]
    invoice = invoice_of(request, pk)
    context: dict[str, Any] = {
        "link": link,
        "token": request.token,  # type: ignore[attr-defined]
        "brand": brand_of(request),
        "recover": recover_url(link),
        "party": link.party,
        "language": known(link.party.language),
        "today": link.company.today(),
    }
    if link.with_account:
        context |= _account(link, invoice)
    if invoice is None:
        if not link.with_account:
            raise Http404
        with writing_to(context["language"]):
            return render(request, "portal/account.html", context)
    context |= _one(request, invoice)
    with writing_to(context["language"]):
        return render(request, "portal/invoice.html", context)


# As whoever has to load it knows it.
_FORMATS = {
    Format.FACTURAE.value: "Facturae",
    Format.UBL.value: "UBL",
    Format.CII.value: "CII",
    Format.FACTURX.value: "Factur-X",
}


def _one(request: HttpRequest, invoice: Invoice) -> dict[str, Any]:
    token = request.token  # type: ignore[attr-defined]
    owed = invoice.outstanding_cents
    try:
        pages = len(page_images(invoice))
    except Refused:  # the PDF may still be there, and what is owed too
        pages = 0
    iban = (invoice.issuer or {}).get("iban", "")
    by_transfer = invoice.payment_method == PaymentMethod.TRANSFER and bool(iban) and owed > 0
    return {
        "invoice": invoice,
        "electronic": _FORMATS.get(offered_format(invoice), ""),
        "language": language_of(invoice),
        "issuer": invoice.issuer,
        "owed": owed,
        "paid": invoice.settled_cents,
        "is_paid": owed <= 0,
        "was_paid": owed <= 0 < invoice.payable_cents and not invoice.is_owed_elsewhere,
        "late": invoice.is_overdue(invoice.company.today()),
        "iban": format_iban(iban) if by_transfer else "",
        "plain_iban": "".join(iban.split()),
        "qr": global_url("portal:invoice_qr", token, invoice.pk)
        if by_transfer and _payment_code(invoice)
        else "",
        "pages": [
            global_url("portal:invoice_page", token, invoice.pk, n) for n in range(1, pages + 1)
        ],
    }


def _account(link: CustomerLink, invoice: Invoice | None) -> dict[str, Any]:
    """The open invoices of the customer with this company, and the last ones already paid."""
    every = Invoice.objects.issued().filter(
        party_id__in=family_of(link.party_id), company_id=link.company_id
    )
    unpaid = every.unpaid().filter(outstanding_cents__gt=0)
    others = unpaid.exclude(pk=invoice.pk) if invoice is not None else unpaid
    context: dict[str, Any] = {
        "open": list(others.order_by("due_on", "pk")[:_SHOWN]),
        "open_total": unpaid.aggregate(cents=Sum("outstanding_cents"))["cents"] or 0,
    }
    if invoice is None:
        paid = every.filter(outstanding_cents__lte=0)
        paid = paid.exclude(Q(charged_cents=0) & ~Q(replaced_cents=0))
        context["paid_ones"] = list(paid.order_by("-issued_on", "-pk")[:12])
    return context


def _payment_code(invoice: Invoice) -> str:
    """What the code to pay what is left says, or nothing when a bank could not read it."""
    try:
        return epc_payload(
            name=invoice.issuer["name"],
            iban=invoice.issuer["iban"],
            amount=from_cents(invoice.outstanding_cents),
            text=invoice.number,
        )
    except Refused:
        return ""


@customer_link
@require_GET
def qr(request: HttpRequest, pk: int) -> HttpResponse:
    """The code to pay what is owed today (EPC069-12)."""
    invoice = invoice_of(request, pk)
    text = _payment_code(invoice) if invoice is not None and invoice.issuer.get("iban") else ""
    if not text:
        raise Http404
    response = HttpResponse(qr_svg(text), content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = _IMAGE_POLICY
    return response


@customer_link
@require_GET
def page_image(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    invoice = invoice_of(request, pk)
    pages = page_images(invoice) if invoice is not None else []
    if not 1 <= number <= len(pages):
        raise Http404
    response = HttpResponse(pages[number - 1], content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = _IMAGE_POLICY
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


@customer_link
@require_http_methods(["GET", "POST"])
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The very PDF that was mailed. The button posts, and that counts; a GET changes nothing."""
    invoice = invoice_of(request, pk)
    if invoice is None:
        raise Http404
    stored = invoice_pdf(invoice)
    if request.method == "POST" and not is_robot(request):
        record_download(invoice, at=timezone.now())
    response = HttpResponse(stored.read(), content_type="application/pdf")
    name = get_valid_filename(stored.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@customer_link
@require_POST
def electronic(request: HttpRequest, pk: int) -> HttpResponse:
    """The electronic invoice in the format that the client asked for: always the same bytes."""
    invoice = invoice_of(request, pk)
    kind = offered_format(invoice) if invoice is not None else ""
    if invoice is None or not kind:
        raise Http404
    file = electronic_copy(invoice, kind)
    if not is_robot(request):
        record_download(invoice, at=timezone.now())
    response = HttpResponse(file.read(), content_type=file.content_type)
    name = get_valid_filename(file.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@customer_link
@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """A person has it on screen: the page's script says so, with the page in front."""
    invoice = invoice_of(request, pk)
    if invoice is not None and not is_robot(request):
        record_open(invoice, at=timezone.now())
    return HttpResponse(status=204)


@customer_link
@require_GET
def logo(request: HttpRequest) -> HttpResponse:
    stored = request.link.company.logo  # type: ignore[attr-defined]
    if stored is None:
        raise Http404
    response = HttpResponse(stored.read(), content_type=stored.content_type)
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@speaks_as_asked
def recover(request: HttpRequest, slug: str) -> HttpResponse:
    """Who lost the link types its address and gets it by mail; the answer is always the same.

    There is no session whose token a form could carry: forms of other sites are refused.
    """
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied
    organisation = Organisation.objects.filter(slug=slug).first()
    if organisation is None:
        raise Http404
    form = RecoverForm(request.POST or None)
    with scope(organisation):
        company = Company.objects.select_related("logo").order_by("pk").first()
        house = brand.of(company) if company is not None else None
        again = in_language(request.path, request.language)  # type: ignore[attr-defined]
        sent = "enviado" in request.GET
        context: dict[str, Any] = {"form": form, "brand": house, "sent": sent, "again": again}
        if request.method != "POST":
            return _private(render(request, "portal/recover.html", context))
        if not form.is_valid():
            return _private(render(request, "portal/recover.html", context, status=422))
        key = f"portal:recover:{client_address(request)}"
        cache.add(key, 0, ASK_WINDOW)
        if cache.incr(key) > ASKS:
            answer = render(request, "portal/recover.html", {**context, "wait": True}, status=429)
            answer.headers["Retry-After"] = str(ASK_WINDOW)
            return _private(answer)
        email = form.cleaned_data["correo"].lower()
        # Whether the address is known is looked up later, elsewhere: asking tells nothing, not
        # even by how long it takes. One answer each ten minutes for an address.
        if cache.add(f"portal:recover:{organisation.pk}:{email}", 1, ASK_WINDOW):
            with transaction.atomic():
                enqueue_once(
                    send_access,
                    key=f"billing.access:{email}"[:160],
                    email=email,
                    base_url=f"{request.scheme}://{request.get_host()}",
                )
    done = f"{again}{'&' if '?' in again else '?'}enviado=1"
    return _private(HttpResponseRedirect(done, status=303))
