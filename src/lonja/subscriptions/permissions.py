"""Who may see and change what invoices itself (reliability §4: Facturas)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

VIEW = declare(
    "subscriptions.view",
    _("Ver plantillas recurrentes"),
    roles={"office", "accountant", "sales", "readonly", "adviser"},
)
EDIT = declare(
    "subscriptions.edit", _("Dar de alta y cambiar servicios"), roles={"office", "accountant"}
)
RUN = declare("subscriptions.run", _("Ejecutar la facturación"), roles={"office", "accountant"})
MRR = declare(
    "subscriptions.mrr",
    _("Ver MRR y previsión"),
    roles={"office", "accountant", "sales", "readonly"},
)
