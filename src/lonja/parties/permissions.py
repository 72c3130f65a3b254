"""Who may do what with clients (reliability §4, column CRM)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import ROLES, declare

VIEW = declare("parties.party.view", _("Ver clientes"), roles=ROLES)
EDIT = declare(
    "parties.party.edit", _("Crear y cambiar clientes"), roles={"admin", "sales", "office"}
)
DUPLICATE = declare(
    "parties.party.duplicate", _("Crear un cliente con un NIF que ya existe"), roles={"office"}
)
BLOCK = declare("parties.party.block", _("Bloquear clientes"), roles={"office", "accountant"})
IMPORT = declare("parties.party.import", _("Importar clientes"), roles={"office"})
EXPORT = declare(
    "parties.party.export",
    _("Descargar la lista de clientes"),
    roles={"sales", "office", "accountant"},
)
MERGE = declare("parties.party.merge", _("Unir fichas duplicadas"), roles={"office"})
CONFIGURE = declare(
    "parties.lead.configure", _("Configurar la cualificación y los orígenes"), roles=set()
)
