"""Who may do what with electronic invoices (reliability §4)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare
from lonja.billing.permissions import VIEW as VIEW  # whoever sees an invoice may download it

_KEEPERS = {"office", "accountant"}
_READERS = {*_KEEPERS, "readonly", "adviser"}

PROFILE = declare(
    "einvoices.profile.edit",
    _("Configurar la facturación electrónica de los clientes"),
    roles=_KEEPERS,
)
FACE = declare("einvoices.face.send", _("Presentar facturas en FACe"), roles=_KEEPERS)
STATUS = declare(
    "einvoices.status.edit", _("Apuntar el estado de las facturas electrónicas"), roles=_KEEPERS
)
RECEIVED = declare("einvoices.received.view", _("Ver facturas recibidas"), roles=_READERS)
ANSWER = declare(
    "einvoices.received.edit", _("Guardar y contestar facturas recibidas"), roles=_KEEPERS
)
CERTIFICATE = declare(
    "einvoices.certificate.edit", _("Guardar el certificado de firma"), roles={"accountant"}
)
