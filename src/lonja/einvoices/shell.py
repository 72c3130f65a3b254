"""What electronic invoices hang on the shell, on invoices and on clients."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from lonja.activity.labels import describe
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
    hooks.panel("einvoices:invoice_card", permissions.VIEW, order=20)
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
    describe("einvoices.face_presented", _("la presentó en FACe"), "building-community")
    describe("einvoices.face_number", _("escribió su registro en FACe: %(number)s"), "edit")
    describe("einvoices.face_cancel_asked", _("pidió anularla en FACe: %(reason)s"), "ban")
    describe("einvoices.status_told", _("apuntó que el cliente la tiene como: %(status)s"), "flag")
    describe(
        "einvoices.profile_changed",
        _("cambió su facturación electrónica: %(preferred)s"),
        "file-code",
    )
