from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "lonja.sales"
    verbose_name = "Presupuestos"

    def ready(self) -> None:
        from lonja.activity.labels import describe, locate
        from lonja.mail.outbox import register_attachment
        from lonja.sales import permissions, reports
        from lonja.sales.actions.accept import SIGNED_PDF
        from lonja.sales.actions.document import signed_copy
        from lonja.subscriptions.reports import register_layer
        from lonja.ui import registry

        registry.nav(
            "Ventas",
            _("Presupuestos"),
            "sales:quote_list",
            "file-text",
            permissions.VIEW,
            order=40,
            count=reports.waiting,
        )
        registry.new_menu(
            _("Presupuesto"), "sales:quote_new", "file-text", permissions.EDIT, order=20, key="o"
        )
        registry.search_provider(
            _("Presupuestos"), "o", permissions.VIEW, reports.find_quotes, order=40
        )
        register_layer(
            "quotes", _("Presupuestos ponderados"), reports.weighted_by_month, "sales:quote_list"
        )

        if apps.is_installed("lonja.office"):
            from lonja.office import hooks
            from lonja.sales.actions.opportunities import ensure_pipeline

            hooks.on_company_created(ensure_pipeline)

        registry.object_panel(
            "firma", _("Firma"), "sales:signing_panel", permissions.VIEW, order=20
        )
        registry.settings_section(
            _("Ventas"),
            "firma",
            _("Firma"),
            "sales:signing",
            "signature",
            permissions.SIGNING,
            order=30,
        )
        registry.settings_section(
            _("Ventas"),
            "presupuestos",
            _("Presupuestos"),
            "sales:settings",
            "file-text",
            permissions.SETTINGS,
            order=10,
        )
        registry.settings_section(
            _("Ventas"),
            "plantillas-presupuesto",
            _("Plantillas de presupuesto"),
            "sales:template_list",
            "template",
            permissions.TEMPLATES,
            order=20,
        )
        from lonja.jobs import every
        from lonja.sales.jobs import remind_expiring

        every("sales.remind", minutes=60, task=remind_expiring)
        register_attachment(SIGNED_PDF, signed_copy)

        from lonja.billing import hooks as hooks_of_billing
        from lonja.mail import hooks as hooks_of_mail
        from lonja.sales import offer_shell, tasks
        from lonja.sales.actions import deposit
        from lonja.sales.actions.track import mail_bounced
        from lonja.subscriptions import hooks as hooks_of_plans
        from lonja.tasks import origins, triggers

        origins.register("sales.quote", _("Presupuesto"), "file-text", permissions.VIEW, tasks.born)
        triggers.register(
            "sales.unsigned", _("Presupuesto abierto N días sin firmar"), tasks.unsigned
        )
        hooks_of_mail.on_bounced(mail_bounced)
        offer_shell.register()
        hooks_of_billing.before_issue(deposit.refuse_after_final)
        hooks_of_billing.on_issued(deposit.deduct_when_issued)
        hooks_of_plans.on_drafted(deposit.deduct_when_drafted)
        locate("sales.quote", "sales:quote")
        describe("sales.quote_created", _("creó el presupuesto %(number)s"), "file-plus")
        describe("sales.quote_edited", _("cambió el presupuesto"), "edit")
        describe("sales.quote_duplicated", _("lo copió de %(source)s"), "copy")
        describe("sales.quote_published", _("preparó la versión %(version)s"), "file-check")
        describe("sales.quote_sent", _sent, "send")
        describe("sales.quote_viewed", _("registró una visita del cliente"), "eye")
        describe("sales.quote_forwarded", _("registró una visita desde otro dispositivo"), "share")
        describe("sales.quote_downloaded", _("registró que se descargó el PDF"), "download")
        describe(
            "sales.quote_bounced",
            _("avisó de que el correo no llegó a %(to)s: %(reason)s"),
            "mail-x",
        )
        describe(
            "sales.quote_question", _("recibió una pregunta: «%(question)s»"), "message-circle"
        )
        describe("sales.quote_signed", _("recibió la firma de %(signer)s"), "signature")
        describe("sales.quote_accepted", _("recibió la firma de %(signer)s"), "signature")
        describe("sales.quote_answered", _("contestó: «%(question)s»"), "message-circle")
        describe("sales.signers_set", _("cambió quién firma"), "users")
        describe("sales.link_renewed", _("cambió el enlace de %(signer)s"), "link")
        for verb, words, icon in (
            ("sales.signing_changed", _("cambió los ajustes de firma"), "signature"),
            ("sales.text_written", _("escribió la versión %(version)s de «%(kind)s»"), "file-text"),
            ("sales.dynamics_key", _("cambió la clave de firmas biométricas"), "key"),
            ("sales.biometrics_on", _("ofreció la firma biométrica"), "writing"),
            ("sales.biometrics_off", _("dejó de ofrecer la firma biométrica"), "writing-off"),
        ):
            describe(verb, words, icon, permissions.SIGNING)
        describe("sales.stamp_missing", _("selló el PDF sin sello de tiempo"), "clock-off")
        describe("sales.code_sent", _("envió un código de firma"), "key")
        describe("sales.code_verified", _("comprobó el código de firma"), "shield-check")
        describe("sales.quote_rejected", _rejected, "x")
        describe("sales.quote_reopened", _("abrió la versión %(version)s"), "git-branch")
        describe("sales.quote_extended", _("amplió la validez hasta el %(until)s"), "calendar-plus")
        describe(
            "sales.quote_reminded", _("recordó al cliente que caduca en breve"), "bell-ringing"
        )
        describe("sales.approval_asked", _("pidió aprobar un %(pct)s %% de descuento"), "shield")
        describe("sales.approval_given", _("aprobó un %(pct)s %% de descuento"), "shield-check")
        describe("sales.approval_denied", _("no aprobó un %(pct)s %% de descuento"), "shield-x")
        describe("sales.deposit_billed", _("preparó la factura del anticipo"), "file-invoice")
        describe("sales.template_saved", _("guardó la plantilla %(name)s"), "template")
        describe("sales.template_used", _("lo empezó con la plantilla %(name)s"), "template")
        describe("sales.template_retired", _("retiró la plantilla %(name)s"), "template-off")
        describe("sales.template_restored", _("recuperó la plantilla %(name)s"), "template")
        describe("sales.settings_changed", _("cambió los ajustes de presupuestos"), "settings")
        describe("sales.service_started", _("dio de alta el servicio"), "rocket")
        describe("sales.start_refused", _("no pudo dar de alta: %(reason)s"), "alert-triangle")


def _sent(data: dict) -> str:
    from django.utils.translation import gettext

    return gettext("envió la versión %(version)s a %(to)s") % {
        "version": data.get("version", "…"),
        "to": ", ".join(data.get("to", [])) or "…",
    }


def _rejected(data: dict) -> str:
    from django.utils.translation import gettext

    reason = data.get("reason")
    return (
        gettext("anotó el rechazo: %(reason)s") % {"reason": reason}
        if reason
        else gettext("anotó el rechazo")
    )
