"""Who may work on the road, and who looks after the devices."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

USE = declare(
    "field.use",
    _("Vender con la aplicación de campo"),
    roles={"admin", "sales", "office"},
)
DEVICES = declare("field.devices", _("Ver y revocar los dispositivos de campo"), roles={"admin"})
