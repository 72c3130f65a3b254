"""Who may do what with invoices and collections (reliability §4)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

_KEEPERS = {"office", "accountant"}
_READERS = {*_KEEPERS, "readonly", "adviser"}

VIEW = declare("billing.invoice.view", _("Ver facturas"), roles={*_READERS, "sales"})
EDIT = declare("billing.invoice.edit", _("Preparar borradores de facturas"), roles=_KEEPERS)
ISSUE = declare("billing.invoice.issue", _("Emitir facturas"), roles=_KEEPERS)
SEND = declare("billing.invoice.send", _("Enviar facturas por correo"), roles=_KEEPERS)
PAYMENTS = declare("billing.payment.view", _("Ver cobros"), roles=_READERS)
SETTLE = declare("billing.payment.edit", _("Registrar y deshacer cobros"), roles=_KEEPERS)
SERIES = declare("billing.series.edit", _("Configurar series de facturas"), roles={"accountant"})
SENDING = declare(
    "billing.sending.edit", _("Configurar cuándo se envían las facturas"), roles={"office"}
)
DOCUMENTS = declare(
    "billing.documents.edit", _("Elegir la plantilla y los mensajes de los documentos"), roles=()
)
COLLECTION = declare(
    "billing.collection.edit", _("Configurar cobros y recordatorios"), roles={"accountant"}
)
BOOKS = declare("billing.books.view", _("Ver y exportar los libros"), roles={*_KEEPERS, "adviser"})
