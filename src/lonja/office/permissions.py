"""What may be done on the screens of the office (reliability §4)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

SETTINGS = declare("office.settings", _("Cambiar la configuración de la empresa"), roles=())
MEMBERS = declare("office.members", _("Invitar usuarios y cambiar sus permisos"), roles=())
SCHEDULES = declare(
    "office.schedules", _("Cambiar horarios, festivos y departamentos"), roles={"office"}
)
ABSENCES = declare("office.absences", _("Apuntar las ausencias del equipo"), roles={"office"})
