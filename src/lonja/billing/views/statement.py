"""The statement of a client at any day: on screen, as PDF, by mail."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.activity import record
from lonja.billing import permissions
from lonja.billing.forms.payment import MailForm
from lonja.billing.forms.receipt import PeriodForm
from lonja.billing.papers import statement_pdf
from lonja.billing.statement import Statement, statement_of
from lonja.documents.figures import writing_to
from lonja.files import store
from lonja.kit.dates import add_months, format_date
from lonja.kit.languages import known
from lonja.kit.money import from_cents
from lonja.mail import Attach, queue_mail
from lonja.parties.models import Party
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, toast


def _read(request: HttpRequest, party: Party) -> tuple[Statement, PeriodForm]:
    """The statement asked for; days that are not understood are the usual ones."""
    company = request.company  # type: ignore[attr-defined]
    today: date = company.today()
    initial = {"desde": add_months(today.replace(day=1), -11), "hasta": today}
    asked = {name: request.GET.get(name) or format_date(day) for name, day in initial.items()}
    form = PeriodForm(asked, today=today)
    form.is_valid()
    since = form.cleaned_data.get("desde") or initial["desde"]
    until = form.cleaned_data.get("hasta") or initial["hasta"]
    if since > until:
        since, until = until, since
    return statement_of(party, company, since, until), form


def _query(found: Statement) -> str:
    return f"?desde={found.since:%d/%m/%Y}&hasta={found.until:%d/%m/%Y}"


@member_required(permissions.PAYMENTS)
@require_safe
def statement(request: HttpRequest, party_id: int) -> HttpResponse:
    party = get_visible(request, Party, party_id)
    if request.GET.get("formato") == "pdf":
        with writing_to(party.language):
            found, _form = _read(request, party)
        name, content = statement_pdf(found)
        response = HttpResponse(content, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "private, no-store"
        return response
    found, form = _read(request, party)
    here = reverse("billing:statement", args=[party_id])
    context: dict[str, Any] = {
        "statement": found,
        "form": form,
        "pdf_url": f"{here}{_query(found)}&formato=pdf",
        "mail_url": reverse("billing:statement_mail", args=[party_id]) + _query(found),
        "may_send": request.member.can(permissions.SEND),  # type: ignore[attr-defined]
        "back": f"{reverse('parties:client', args=[party_id])}?tab=ventas",
    }
    return render(request, "billing/statement.html", context)


@member_required(permissions.SEND)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def statement_mail(request: HttpRequest, party_id: int) -> HttpResponse:
    """Send the statement as a PDF."""
    party = get_visible(request, Party, party_id)
    with writing_to(party.language) as write:  # what follows is for the customer
        found, _form = _read(request, party)
        company = found.company
        words = {
            "company": company.display_name,
            "until": write.day(found.until),
            "amount": write.money(from_cents(abs(found.closing))),
        }
        if found.closing > 0:
            said = _("A esa fecha quedan pendientes %(amount)s.") % words
        elif found.closing < 0:
            said = _("A esa fecha tienes %(amount)s a tu favor.") % words
        else:
            said = _("A esa fecha no queda nada pendiente.")
        text = _("Te adjuntamos el extracto de tu cuenta a %(until)s.") % words
        initial = {
            "to": party.mail_addresses,
            "subject": _("Extracto de %(company)s a %(until)s") % words,
            "text": f"{text}\n\n{said}\n\n{company.display_name}",
        }
    form = MailForm(request.POST or None, initial=initial)
    context = {"form": form, "statement": found, "action": request.get_full_path()}
    if not form.is_bound:
        return render(request, "billing/statement_mail.html", context)
    if not form.is_valid():
        return invalid(request, "billing/statement_mail.html", context)
    name, content = statement_pdf(found)
    file = store(name, content, "application/pdf")
    mail = queue_mail(
        **form.cleaned_data,
        about=party,
        company=company,
        attachments=[Attach.file(file)],
        language=known(party.language),
    )
    by = request.member  # type: ignore[attr-defined]
    told = {"to": ", ".join(mail.to), "until": format_date(found.until)}
    record(by, "billing.statement_sent", party, company_id=company.pk, **told)
    toast(request, _("En el correo saliente para %(to)s") % {"to": ", ".join(mail.to)})
    return done(request, reverse("billing:statement", args=[party_id]) + _query(found))
