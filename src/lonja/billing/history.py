"""The verbs of billing in words, for timelines."""

from django.utils.translation import gettext_lazy as _

from lonja.activity.labels import describe, locate
from lonja.billing import permissions


def declare() -> None:
    """Teach the history to tell what billing does (from `apps.ready()`)."""
    view, payments = permissions.VIEW, permissions.PAYMENTS
    locate("billing.invoice", "billing:invoice")
    locate("billing.receipt", "billing:receipt")
    describe("billing.draft_created", _("preparó un borrador de factura"), "file-plus", view)
    describe("billing.draft_deleted", _("borró un borrador de factura"), "trash", view)
    describe("billing.draft_restored", _("recuperó un borrador"), "arrow-back-up", view)
    describe("billing.issued", _("emitió la factura"), "file-check", view)
    describe(
        "billing.numbers_skipped",
        _("saltó del %(from)s al %(to)s: se emitieron antes de restaurar una copia"),
        "list-numbers",
        view,
    )
    describe("billing.voided", _("anuló la factura: %(reason)s"), "file-x", view)
    describe("billing.sent", _("envió la factura a %(to)s"), "send", view)
    for verb, words, icon in (
        ("billing.send_scheduled", _("programó el envío a %(to)s para el %(at)s"), "calendar-time"),
        ("billing.send_asked", _("pidió enviarla a %(to)s: espera aprobación"), "user-check"),
        ("billing.send_cancelled", _("anuló el envío"), "ban"),
        ("billing.send_rejected", _("rechazó el envío: %(reason)s"), "ban"),
        ("billing.bounced", _("avisa: el correo a %(to)s ha rebotado. %(reason)s"), "mail-x"),
        ("billing.link_revoked", _("cerró los enlaces del cliente"), "link-off"),
        ("billing.link_extended", _("cambió hasta cuándo vale el enlace del cliente"), "link"),
        ("billing.opened", _("anotó que el cliente abrió la factura"), "eye"),
        ("billing.downloaded", _("anotó que el cliente descargó la factura"), "download"),
        ("billing.access_sent", _("envió a %(to)s el enlace a sus facturas"), "link"),
        ("billing.duplicated", _("descargó un duplicado"), "copy-check"),
        ("billing.style_changed", _("cambió la plantilla de los documentos"), "file-description"),
        ("billing.message_changed", _("cambió un mensaje de los documentos"), "pencil"),
        ("billing.sending_changed", _("cambió cuándo se envían las facturas"), "send"),
    ):
        describe(verb, words, icon, view)
    describe(
        "billing.payment_registered",
        _("registró un cobro de %(amount)s del %(on)s"),
        "coin-euro",
        payments,
    )
    describe(
        "billing.payment_undone",
        _("deshizo el cobro de %(amount)s del %(on)s"),
        "arrow-back-up",
        payments,
    )
    describe("billing.series_created", _("creó una serie"), "list-numbers", view)
    describe("billing.series_changed", _("cambió una serie"), "list-numbers", view)
    describe(
        "billing.series_continued", _("continuó la serie desde %(last)s"), "list-numbers", view
    )
    describe(
        "billing.payment_returned",
        _("anotó que el banco devolvió el cobro de %(amount)s del %(on)s"),
        "building-bank",
        payments,
    )
    describe(
        "billing.advance_registered",
        _("registró una entrega a cuenta de %(amount)s del %(on)s"),
        "coin-euro",
        payments,
    )
    describe(
        "billing.credit_applied",
        _("aplicó %(amount)s de saldo de %(source)s"),
        "arrows-exchange",
        payments,
    )
    describe(
        "billing.credit_unapplied",
        _("deshizo la aplicación de %(amount)s de saldo de %(source)s"),
        "arrow-back-up",
        payments,
    )
    describe(
        "billing.credit_refunded",
        _("devolvió %(amount)s del saldo de %(source)s"),
        "receipt-refund",
        payments,
    )
    describe(
        "billing.refund_undone",
        _("deshizo la devolución de %(amount)s del saldo de %(source)s"),
        "arrow-back-up",
        payments,
    )
    describe("billing.disputed", _("anotó una disputa: %(reason)s"), "message-report", payments)
    describe("billing.dispute_closed", _("cerró la disputa"), "message-check", payments)
    describe("billing.reminded", _("recordó el pago: %(step)s"), "bell-ringing", payments)
    describe("billing.claimed", _("reclamó %(amount)s por demora"), "gavel", payments)
    describe("billing.claim_closed", _("cerró la reclamación: %(state)s"), "gavel", payments)
    describe("billing.settings_changed", _("cambió los ajustes de cobro"), "settings", payments)
    describe(
        "billing.statement_sent", _("envió el extracto a %(until)s a %(to)s"), "send", payments
    )
    describe("billing.book_exported", _("exportó las facturas de %(period)s"), "file-zip", view)
    locate("billing.proforma", "billing:proforma")
    locate("billing.deliverynote", "billing:note")
    describe("billing.proforma_made", _("preparó la proforma %(number)s"), "file-description", view)
    describe(
        "billing.proforma_invoiced",
        _("preparó la factura de la proforma %(number)s"),
        "file-plus",
        view,
    )
    describe("billing.note_made", _("anotó el albarán %(number)s"), "truck-delivery", view)
    describe("billing.note_deleted", _("borró el albarán %(number)s"), "trash", view)
