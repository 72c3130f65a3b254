from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "lonja.billing"
    verbose_name = _("Facturación")

    def ready(self) -> None:
        from lonja.billing import history, jobs, merged, permissions, shell, tasks
        from lonja.billing.actions.send import mail_bounced, mail_dropped
        from lonja.billing.actions.series import ensure_series
        from lonja.billing.jobs import remind_late
        from lonja.billing.mail_texts import PURPOSES
        from lonja.billing.pdf import pdf_bytes
        from lonja.billing.sending import PDF_KIND
        from lonja.jobs import every
        from lonja.mail import hooks as hooks_of_mail
        from lonja.mail import register_attachment, texts
        from lonja.tasks import origins, triggers

        every("billing.remind", minutes=60, task=remind_late)
        shell.register()
        history.declare()
        merged.register()
        origins.register(
            "billing.invoice", _("Factura"), "file-invoice", permissions.VIEW, tasks.born
        )
        triggers.register("billing.overdue", _("Factura vencida hace N días"), tasks.overdue)
        register_attachment(PDF_KIND, pdf_bytes)
        every("billing.recaps", minutes=6 * 60, task=jobs.recaps)
        for purpose in PURPOSES:
            texts.declare(purpose)
        hooks_of_mail.on_dropped(mail_dropped)
        hooks_of_mail.on_bounced(mail_bounced)
        if apps.is_installed("lonja.office"):
            from lonja.office import attention, checklist, hooks

            hooks.on_company_created(ensure_series)
            attention.register(5, permissions.SEND, shell.bounced_phrase)
            attention.register(6, "mail.approve", shell.held_phrase)
            attention.register(10, permissions.PAYMENTS, shell.overdue_phrase)
            attention.register(12, permissions.EDIT, shell.recap_phrase)
            checklist.register(
                50,
                _("Emite tu primera factura"),
                shell.has_issued,
                "billing:invoice_new",
                icon="file-invoice",
                permission=permissions.EDIT,
                ends=True,
            )
