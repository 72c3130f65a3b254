"""Who may make keys and webhooks (reliability §4, column «Users, keys»)."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

MANAGE = declare("api.manage", _("Crear claves de API y webhooks"), roles={"admin"})
