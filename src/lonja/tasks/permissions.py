"""Who may do what with tasks (reliability §4, column CRM)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

_DOERS = {"sales", "office", "accountant", "support"}

VIEW = declare("tasks.task.view", _("Ver tareas"), roles={*_DOERS, "readonly"})
EDIT = declare("tasks.task.edit", _("Crear, gestionar y completar tareas"), roles=_DOERS)
BULK = declare(
    "tasks.task.bulk", _("Cambiar muchas tareas a la vez"), roles={"sales", "office", "support"}
)
CONFIGURE = declare("tasks.config", _("Configurar motivos, estados y reglas"), roles={"office"})
