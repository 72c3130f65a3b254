from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

USE = declare("imports.run.use", _("Importar listas"), roles={"office"})
