"""Who sees and who handles what the tax agency is told."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

VIEW = declare(
    "fiscal.view",
    _("Ver el estado de VERI*FACTU"),
    roles={"office", "accountant", "readonly", "adviser"},
)
MEND = declare(
    "fiscal.mend", _("Subsanar, anular y reenviar registros"), roles={"office", "accountant"}
)
MANAGE = declare("fiscal.manage", _("Configurar VERI*FACTU y su certificado"), roles={"accountant"})
