"""What electronic invoices hang on the shell, on invoices and on clients."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lonja.activity.labels import describe, locate
from lonja.billing import hooks
from lonja.einvoices import permissions
from lonja.jobs import every
from lonja.mail import register_attachment
from lonja.ui import registry


def register() -> None:
    from lonja.einvoices import jobs
    from lonja.einvoices.actions.profiles import KINDS, attachments, copy_bytes, preferred_file
    from lonja.einvoices.forms import ArchiveForm
    from lonja.einvoices.models import Format

    for order, kind in enumerate(Format):
        icon = "file-type-pdf" if kind == Format.FACTURX else "file-code"
        hooks.download(kind.label, f"einvoices:download_{kind.value}", icon=icon, order=order)
        register_attachment(KINDS[kind.value], partial(copy_bytes, kind.value))
    hooks.extra_attachments(attachments)
    registry.object_panel(
        "electronica",
        _("Factura electrónica"),
        "einvoices:invoice_card",
        permissions.VIEW,
        order=20,
        only="billing.invoice",
    )
    hooks.archive(
        hooks.Archive(
            "electronica",
            _("Factura electrónica en zip"),
            "file-code",
            permissions.VIEW,
            _("Facturas electrónicas.zip"),
            preferred_file,
            ArchiveForm,
        )
    )
    registry.nav(
        "Facturación",
        _("Facturas recibidas"),
        "einvoices:received_list",
        "inbox",
        permissions.RECEIVED,
        order=60,
        count=_to_answer,
    )
    every("einvoices.face", minutes=60, task=jobs.follow)
    registry.client_tab(
        "facturacion-electronica",
        _("Facturación electrónica"),
        "einvoices:client_tab",
        permissions.VIEW,
        order=80,
    )
    registry.settings_section(
        _("Facturación"),
        "facturacion-electronica",
        _("Facturación electrónica"),
        "einvoices:settings",
        "file-certificate",
        permissions.CERTIFICATE,
        order=50,
    )
    describe(
        "einvoices.certificate_kept",
        _("guardó el certificado de firma de %(subject)s"),
        "certificate",
        permissions.CERTIFICATE,
    )
    describe(
        "einvoices.certificate_dropped",
        _("quitó el certificado de firma de %(subject)s"),
        "certificate",
        permissions.CERTIFICATE,
    )
    if apps.is_installed("lonja.office"):
        from lonja.office import attention

        attention.register(40, permissions.RECEIVED, _late_answers)
        attention.register(50, permissions.CERTIFICATE, _expiring)
    describe("einvoices.received", _("guardó la factura %(number)s de %(supplier)s"), "inbox")
    describe("einvoices.answered", _("la dejó como: %(state)s"), "flag")
    locate("einvoices.receivedinvoice", "einvoices:received")
    describe("einvoices.face_presented", _("la presentó en FACe"), "building-community")
    describe("einvoices.face_number", _("escribió su registro en FACe: %(number)s"), "edit")
    describe("einvoices.face_cancel_asked", _("pidió anularla en FACe: %(reason)s"), "ban")
    describe("einvoices.status_told", _("apuntó que el cliente la tiene como: %(status)s"), "flag")
    describe(
        "einvoices.profile_changed",
        _("cambió su facturación electrónica: %(preferred)s"),
        "file-code",
    )


def _to_answer(member: Any) -> tuple[int, bool]:
    """How many wait for an answer, and whether one is in its last day or past it."""
    from lonja.einvoices.models import ReceivedInvoice

    rows = ReceivedInvoice.objects.visible_to(member).pending()
    days = list(rows.order_by("answer_by").values_list("answer_by", flat=True)[:100])
    return len(days), bool(days) and days[0] <= timezone.localdate()


def _late_answers(member: Any) -> str:
    """«2 facturas recibidas sin contestar hoy», those in their last day or past it."""
    from lonja.einvoices.models import ReceivedInvoice

    rows = ReceivedInvoice.objects.visible_to(member).pending()
    late = rows.filter(answer_by__lte=timezone.localdate()).count()
    if not late:
        return ""
    told = ngettext(
        "%(n)s factura recibida que contestar hoy",
        "%(n)s facturas recibidas que contestar hoy",
        late,
    )
    return told % {"n": late}


def _expiring(member: Any) -> str:
    """The certificate that signs, when it expires soon."""
    from lonja.einvoices.models import SigningCertificate

    now = timezone.now()
    rows = SigningCertificate.objects.visible_to(member).filter(is_current=True)
    kept = rows.order_by("not_after").first()
    if kept is None or not kept.expires_soon(now):
        return ""
    if kept.not_after < now:
        return gettext("el certificado de firma ha caducado")
    return gettext("el certificado de firma caduca el %(day)s") % {
        "day": f"{timezone.localtime(kept.not_after):%d/%m/%Y}"
    }
