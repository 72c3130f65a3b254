"""Who reads the outgoing mail, and who says which server sends it."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

OUTBOX = declare(
    "mail.outbox", _("Ver y reintentar el correo saliente"), roles={"office", "accountant"}
)
SETTINGS = declare("mail.settings", _("Configurar el servidor de correo"), roles=())
APPROVE = declare("mail.approve", _("Aprobar los envíos de correo"), roles={"accountant"})
TEXTS = declare("mail.texts", _("Escribir los textos de los correos"), roles={"office"})
