"""One row of everything for a house, and which row each URL argument names.

`House.grow` fills every text column with the mark of the house, so that a text that turns up where
it should not says whose it is. A URL argument that nobody registered in ARGUMENTS fails the walker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils import timezone

from lonja.accounts.locks import scoped_models
from lonja.accounts.models import (
    Absence,
    Company,
    Department,
    Invitation,
    Membership,
    Organisation,
    WorkCalendar,
)
from lonja.accounts.models.people import token_hash
from lonja.accounts.scope import scope
from lonja.activity.models import Event, Notification
from lonja.api.models import ApiToken, Delivery, WebhookEndpoint
from lonja.billing.models import (
    Application,
    Credit,
    CustomerLink,
    DeliveryNote,
    DocumentMessage,
    Entry,
    Invoice,
    LateClaim,
    MonthlyRecap,
    Proforma,
    Receipt,
    Refund,
    ReminderStep,
    Series,
)
from lonja.catalogue.models import PriceList, Product
from lonja.einvoices.models import ReceivedInvoice, SigningCertificate
from lonja.field.models import FieldDelivery, FieldDevice
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.fiscal.models import Certificate, Chain, Declaration, Record, Submission
from lonja.imports.models import ImportRun
from lonja.jobs.models import Job
from lonja.mail.models import BadAddress, OutgoingMail
from lonja.parties.models import Contact, LeadSource, Party, PartyMerge
from lonja.sales.models import (
    Opportunity,
    PipelineStage,
    PublicLink,
    Quote,
    QuoteApproval,
    QuoteQuestion,
    QuoteTemplate,
    Signature,
)
from lonja.subscriptions.models import BillingRun, Obligation, Plan
from lonja.tasks.models import (
    AutomationRule,
    CalendarFeed,
    ChecklistItem,
    Interaction,
    Reason,
    State,
    Task,
    TaskAttachment,
    TaskRelation,
    TaskReminder,
)
from lonja.ui.models import SavedView

Model = type[models.Model]

# References that mean something else than «belongs to»: left empty.
LEFT_EMPTY = {"reports_to", "logo", "error_file", "corrected", "substituted_by"}


@dataclass
class House:
    """An organisation (or one company of it) that gets a row of every model."""

    organisation: Organisation
    company: Company
    member: Membership
    mark: str
    foreign: bool = True  # whether every text, blank ones too, carries the mark
    rows: dict[Model, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows |= {
            Organisation: self.organisation,
            Company: self.company,
            Membership: self.member,
            type(self.member.user): self.member.user,
        }

    @property
    def slug(self) -> str:
        return str(self.organisation.slug)

    def grow(self, wanted: Iterable[Model] | None = None) -> House:
        """Make one row of each of those models, or of all, and of what they need."""
        with scope(self.organisation):
            for model in list(scoped_models()) if wanted is None else wanted:
                self.one(model)
        return self

    def one(self, model: Model) -> Any:
        """The row of that model, made if it is not there yet."""
        if model not in self.rows:
            self.rows[model] = self.make(model)
        return self.rows[model]

    def pk(self, model: Model) -> int:
        """The id of its row of that model; 0, which is nobody's, when it has none."""
        return int(self.rows[model].pk) if model in self.rows else 0

    def make(self, model: Model, n: int = 0) -> Any:
        """Another row of that model; `n` makes its unique texts its own."""
        if model is StoredFile:
            return store(f"{self.mark}.txt", f"{self.mark} {n}".encode(), "text/plain")
        row = model()
        for column in model._meta.concrete_fields:
            if column.primary_key or column.name == "organisation":
                continue
            value = self.value(column, n)
            if value is not None:
                setattr(row, column.name, value)
        row.save(force_insert=True)
        return row

    def value(self, column: Any, n: int) -> Any:
        """What to put in a column; None leaves its default."""
        if column.is_relation:
            return self.relative(column)
        if column.name == "token_hash":
            return token_hash(self.token)
        if isinstance(column, models.JSONField):
            return self.json(column)
        if isinstance(column, models.CharField | models.TextField):
            return self.text(column, n)
        if column.has_default() or column.null:
            return None
        if isinstance(column, models.DateTimeField):
            return timezone.now()
        if isinstance(column, models.DateField):
            return timezone.localdate()
        return 1

    def relative(self, column: Any) -> Any:
        model = column.related_model
        if column.name in LEFT_EMPTY or model is column.model:
            return None
        known = model in self.rows
        return self.one(model) if known or not column.null else None

    def json(self, column: Any) -> Any:
        empty = column.get_default() if column.has_default() else {}
        if not self.foreign:
            return empty
        return [self.mark] if isinstance(empty, list) else {"note": self.mark}

    def text(self, column: Any, n: int) -> str | None:
        if column.choices:
            return None if column.has_default() else str(column.choices[0][0])
        if column.has_default() and column.get_default():
            return None
        if not self.foreign and (column.blank or column.null or column.has_default()):
            return None
        words = f"{self.mark} {column.name} {n}" if n else f"{self.mark} {column.name}"
        if isinstance(column, models.EmailField):
            words = f"{self.mark}-{n}@house.example".lower()
        return words[: column.max_length] if column.max_length else words

    @property
    def token(self) -> str:
        """The secret of the links of this house."""
        return f"{self.mark}-secret-of-the-link"


def of_a_company(kept: House) -> list[Model]:
    """Models whose rows belong to a company, themselves or through what they hang from."""
    found: list[Model] = [
        model
        for model in scoped_models()
        if any(f.name == "company" and not f.null for f in model._meta.concrete_fields)
    ]
    grew = True
    while grew:
        more = [
            model
            for model in scoped_models()
            if model not in found
            and any(f.related_model in found for f in required_references(model))
        ]
        found += more
        grew = bool(more)
    return found


def required_references(model: Model) -> list[Any]:
    return [f for f in model._meta.concrete_fields if f.is_relation and not f.null]


# --- URL arguments ------------------------------------------------------------------------------
# «view.argument» → the model whose row it names.
ROWS: dict[Model, str] = {
    PriceList: """catalogue:price_list.pk catalogue:price_list_edit.pk
        catalogue:price_list_raise.pk catalogue:price_list_retire.pk
        catalogue:price_list_assign.pk catalogue:price_list_unassign.pk
        catalogue:prices_new.pk catalogue:prices_edit.pk""",
    QuoteApproval: "sales:approval_answer.approval_pk",
    QuoteTemplate: "sales:template_retire.pk",
    Opportunity: """sales:opportunity.pk sales:opportunity_edit.pk sales:opportunity_stage.pk
        sales:opportunity_undo.pk sales:opportunity_lose.pk
        sales:opportunity_win.pk sales:opportunity_reopen.pk
        sales:opportunity_duplicate.pk sales:opportunity_quote.pk""",
    PipelineStage: """sales:pipeline_more.stage_pk sales:pipeline_settings_edit.pk
        sales:pipeline_settings_place.pk sales:pipeline_settings_remove.pk
        sales:pipeline_settings_restore.pk""",
    BadAddress: "mail:address_clear.pk",
    FieldDevice: "field:device_revoke.pk field:device_allow.pk",
    FieldDelivery: "field:kept_image.pk",
    DocumentMessage: "billing:message_drop.pk",
    DeliveryNote: """billing:note.pk billing:note_edit.pk billing:note_pdf.pk
        billing:note_invoice.pk billing:note_delete.pk""",
    MonthlyRecap: "billing:recap_stop.pk billing:recap_run.pk",
    Proforma: "billing:proforma.pk billing:proforma_pdf.pk billing:proforma_invoice.pk",
    Party: """parties:client.pk parties:client_summary.pk parties:client_activity.pk
        parties:client_edit.pk parties:client_field.pk parties:client_archive.pk parties:lead.pk
        parties:lead_move.pk parties:lead_discard.pk parties:lead_convert.pk
        parties:merge_with.pk parties:merge.pk parties:merge.other_pk
        parties:not_duplicate.pk parties:not_duplicate.other_pk
        parties:client_restore.pk parties:client_block.pk
        parties:client_unblock.pk parties:contact_new.pk parties:contact_edit.pk
        parties:contact_drop.pk subscriptions:client_tab.party_id
        billing:client_tab.party_id sales:client_tab.party_id
        einvoices:client_tab.party_id einvoices:profile_edit.party_id
        tasks:client_tab.party_id billing:statement.party_id
        billing:statement_mail.party_id tasks:interaction_entry.party_id
        tasks:interaction_log.party_id parties:client_vies.pk
        billing:client_sending.party_id catalogue:price_list_unassign.party_id""",
    LeadSource: """parties:source_edit.pk parties:source_switch.pk""",
    PartyMerge: "parties:merge_undo.pk",
    Contact: "parties:contact_edit.contact_pk parties:contact_drop.contact_pk",
    Product: """catalogue:product.pk catalogue:product_edit.pk catalogue:product_deactivate.pk
        catalogue:product_activate.pk catalogue:prices_edit.product_id""",
    Invoice: """billing:way.pk billing:invoice.pk billing:invoice_edit.pk billing:draft_save.pk
        billing:draft_totals.pk billing:draft_preview.pk billing:issue.pk
        billing:duplicate.pk billing:draft_delete.pk billing:pdf.pk
        billing:page_image.pk billing:payment_new.pk billing:mail_new.pk
        einvoices:invoice_card.pk einvoices:download_facturae.pk
        einvoices:download_ubl.pk einvoices:download_cii.pk
        einvoices:download_facturx.pk einvoices:download_ubl_copy.pk
        einvoices:face_present.pk einvoices:face_refresh.pk
        einvoices:face_cancel.pk einvoices:face_number.pk
        einvoices:status_new.pk fiscal:invoice_panel.pk fiscal:invoice_qr.pk
        fiscal:invoice_void.pk billing:balance_used.pk
        billing:apply_to_invoice.pk billing:remind.pk billing:dispute.pk
        billing:claim.pk billing:correction_new.pk billing:proforma_make.pk
        billing:schedule.pk billing:unschedule.pk billing:send_now.pk
        billing:customer_link.pk billing:customer_link_revoke.pk
        billing:duplicate_pdf.pk""",
    SigningCertificate: "einvoices:certificate_drop.pk",
    ReceivedInvoice: """einvoices:received.pk einvoices:received_file.pk
        einvoices:received_accepted.pk einvoices:received_rejected.pk einvoices:received_paid.pk
        einvoices:received_take_back.pk""",
    Event: "billing:draft_restore.event_id",
    Entry: "billing:payment_undo.entry_id",
    Receipt: """billing:receipt.receipt_id billing:receipt_undo.receipt_id
        billing:receipt_paper.receipt_id""",
    Credit: "billing:credit.credit_id billing:credit_apply.credit_id billing:refund.credit_id",
    Application: "billing:application_undo.application_id",
    Refund: "billing:refund_undo.refund_id",
    LateClaim: "billing:claim_close.claim_id",
    ReminderStep: "billing:step_edit.step_id",
    Series: "billing:series_edit.pk billing:series_last.pk",
    Plan: """subscriptions:plan.pk subscriptions:plan_edit.pk subscriptions:plan_pause.pk
        subscriptions:plan_resume.pk subscriptions:plan_end.pk""",
    BillingRun: "subscriptions:run.pk",
    Obligation: "subscriptions:retry.pk",
    Quote: """sales:quote.pk sales:quote_edit.pk sales:calculation.pk sales:preview.pk
        sales:quote_send.pk sales:quote_publish.pk sales:quote_link.pk
        sales:quote_link_qr.pk sales:quote_pdf.pk sales:signed_pdf.pk
        sales:quote_duplicate.pk sales:quote_version.pk sales:quote_lost.pk
        sales:quote_start.pk tasks:document.pk sales:quote_proforma.pk
        sales:quote_live.pk sales:quote_contact.pk sales:quote_extend.pk
        sales:quote_extend_now.pk sales:quote_alternative.pk
        sales:quote_as_alternative.pk sales:quote_attach.pk sales:quote_offer.pk
        sales:version_pdf.pk sales:template_save.pk sales:approval_ask.pk
        sales:approval_answer.pk sales:signing_panel.pk sales:quote_signers.pk
        sales:quote_link_renew.pk sales:question_answer.pk""",
    PublicLink: "sales:quote_link_renew.link_pk",
    QuoteQuestion: "sales:question_answer.question_pk",
    Signature: "sales:signed_pdf.signature_pk",
    ImportRun: """imports:run.pk imports:progress.pk imports:sheet.pk imports:columns.pk
        imports:back.pk imports:start.pk imports:errors.pk""",
    Certificate: "fiscal:certificate_drop.pk",
    Chain: "fiscal:audit.pk",
    Record: """fiscal:record.pk fiscal:record_xml.pk fiscal:record_amend.pk
        fiscal:record_resend.pk fiscal:record_ask.pk""",
    Submission: "fiscal:submission.pk fiscal:submission_xml.pk",
    Declaration: "fiscal:declaration_signed.pk",
    OutgoingMail: """mail:mail.pk mail:attachment.pk mail:retry.pk mail:cancel.pk mail:approve.pk
        mail:reject.pk""",
    Task: """tasks:task.pk tasks:task_edit.pk tasks:state.pk tasks:complete.pk tasks:reassign.pk
        tasks:reassign_ask.pk tasks:due.pk tasks:due_ask.pk tasks:comment.pk tasks:step_new.pk
        tasks:step.pk tasks:attach.pk tasks:attachment.pk tasks:detach.pk tasks:follow.pk
        tasks:follow_ask.pk tasks:relate.pk tasks:relate_ask.pk tasks:unrelate.pk
        tasks:day_complete.pk tasks:reminder.pk""",
    ChecklistItem: "tasks:step.step_pk",
    TaskAttachment: "tasks:attachment.attachment_pk tasks:detach.attachment_pk",
    TaskRelation: "tasks:unrelate.relation_pk",
    Reason: """tasks:reason_edit.pk tasks:reason_copy.pk tasks:reason_switch.pk
        tasks:cell.reason_pk tasks:cell_drop.reason_pk tasks:simulate.reason_pk""",
    State: """tasks:state_edit.pk tasks:state_switch.pk tasks:cell.state_pk
        tasks:cell_drop.state_pk tasks:simulate.state_pk""",
    AutomationRule: "tasks:rule.pk tasks:rule_try.pk tasks:rule_switch.pk tasks:rule_drop.pk",
    Job: """tasks:job.pk jobs:job.pk billing:job.pk billing:job_file.pk fiscal:export_file.pk
        ui:export.pk
        ui:export_file.pk""",
    SavedView: "ui:drop_view.pk",
    Company: "office:choose_company.pk",
    Membership: """office:member.pk office:member_deactivate.pk office:member_reactivate.pk
        office:member_reset_factor.pk""",
    Invitation: "office:revoke.pk",
    ApiToken: "api:token.pk api:token_revoke.pk",
    WorkCalendar: """office:calendar.pk office:calendar_year.pk office:calendar_default.pk
        office:calendar_deactivate.pk office:calendar_reactivate.pk office:period_new.pk
        office:period.pk office:period_drop.pk office:holiday_add.pk office:open_day_add.pk
        office:day_drop.pk""",
    Department: """office:department.pk office:department_deactivate.pk
        office:department_reactivate.pk""",
    Notification: "office:notice.pk",
    Interaction: "tasks:interaction_undo.pk",
    TaskReminder: "tasks:reminder_drop.pk",
    Absence: "office:absence.pk office:absence_cancel.pk",
    WebhookEndpoint: """api:webhook.pk api:webhook_edit.pk api:webhook_ping.pk
        api:webhook_secret.pk api:webhook_on.pk api:webhook_delete.pk""",
    Delivery: "api:delivery.pk api:delivery_resend.pk",
}
TEXT_PAGES = ("text", "text_preview", "text_restore", "text_try")
CUSTOMER = """invoice invoice_logo invoice_other invoice_pdf invoice_seen invoice_qr
    invoice_page invoice_electronic"""
# Arguments that name nothing of anybody.
WORDS: dict[str, Any] = {
    "sales:version_pdf.number": 1,
    "sales:quote_offer.type": "sales.quote",
    **{
        f"sales:pipeline_settings_{page}.kind": "etapas"
        for page in ("new", "order", "edit", "place", "remove", "restore")
    },
    **{f"mail:{page}.purpose": "invoice" for page in TEXT_PAGES},
    **{f"mail:{page}.language": "ca" for page in TEXT_PAGES},
    **{f"portal:{page}.pk": 1 for page in CUSTOMER.split()[2:]},
    "portal:invoice_page.number": 1,
    "portal:recover.slug": "nadie",
    "sales:signing_text.kind": "accept",
    "sales:signing_panel.type": "sales.quote",
    "sales:source_rows.figure": "facturas",
    "ui:gallery_page.page": "lista",
    "ui:columns.table": "parties.clients",
    "ui:save_view.table": "parties.clients",
    "office:start_step.number": 1,
    "office:period.position": 0,
    "office:period_drop.position": 0,
    "mail:attachment.number": 1,
    "billing:page_image.number": 1,
    "tasks:document.type": "sales.quote",
    "sales:quote_contact.kind": "call",
    "parties:client_field.name": "phone",
    "fiscal:submission_xml.which": "peticion",
    "imports:upload.kind": "clientes",
    "imports:template.kind": "clientes",
    "api_door:door.path": "clientes",
    "tasks:interaction_log.kind": "note",
    "account_reset_password_from_key.uidb36": "1",
    "account_reset_password_from_key.key": "set-password",
    "mfa_edit_webauthn.pk": "1",
    "mfa_remove_webauthn.pk": "1",
}
PORTAL = "quote amounts seen pdf signed_pdf logo sign code done reject ask"
# Secrets of links for people outside; whoever holds one is let in, so the walker spoils it.
TOKENS: dict[str, Model | None] = {
    **{f"portal:{page}.token": CustomerLink for page in CUSTOMER.split()},
    "office_setup.token": None,
    "office_invitation.token": Invitation,
    "tasks_feed.token": CalendarFeed,
    **{f"portal:{page}.token": PublicLink for page in PORTAL.split()},
}
ARGUMENTS: dict[str, Callable[[House], Any]] = {
    **{name: lambda h, m=model: h.pk(m) for model, names in ROWS.items() for name in names.split()},
    **{name: lambda _house, w=word: w for name, word in WORDS.items()},
    **{name: lambda h: h.token[:-1] for name in TOKENS},
}

# Names under which forms and query strings carry the id of somebody's row.
REFERENCES: dict[str, Model] = {
    "tarifa": PriceList,
    "copia": PriceList,
    "price_list": PriceList,
    "source": PriceList,
    "template": QuoteTemplate,
    "con": Invoice,
    "anticipo": Invoice,
    "party": Party,
    "party_id": Party,
    "cliente": Party,
    "client": Party,
    "id": Party,
    "product": Product,
    "producto": Product,
    "product_id": Product,
    "agent": Membership,
    "agente": Membership,
    "comercial": Membership,
    "reports_to": Membership,
    "member": Membership,
    "company": Company,
    "companies": Company,
    "membership": Membership,
    "members": Membership,
    "calendar": WorkCalendar,
    "department": Department,
    "empresa": Company,
    "series": Series,
    "serie": Series,
    "invoice": Invoice,
    "factura": Invoice,
    "plan": Plan,
    "borrador": Invoice,
    "plantilla": Plan,
    "quote": Quote,
    "presupuesto": Quote,
    "run": BillingRun,
    "reason": Reason,
    "motivo": Reason,
    "state": State,
    "estado": State,
    "other": Task,
    "task": Task,
    "siguiente": Task,
    "manager": Membership,
    "gestor": Membership,
    "ejecucion": BillingRun,
    "tab": SavedView,
}
