from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import declare

# reliability §4, column «Presupuestos».
VIEW = declare(
    "sales.quote.view",
    _("Ver presupuestos"),
    roles={"admin", "sales", "office", "accountant", "readonly"},
)
EDIT = declare(
    "sales.quote.edit",
    _("Crear, enviar y cambiar presupuestos"),
    roles={"admin", "sales", "office"},
)
# The alta makes the plans that will issue invoices.
START = declare(
    "sales.quote.start",
    _("Dar de alta el servicio de un presupuesto firmado"),
    roles={"admin", "sales", "office"},
)
OFFERS_VIEW = declare(
    "sales.opportunity.view",
    _("Ver ofertas y el embudo"),
    roles={"admin", "sales", "office", "accountant", "readonly"},
)
OFFERS_EDIT = declare(
    "sales.opportunity.edit",
    _("Crear, mover y cambiar ofertas"),
    roles={"admin", "sales", "office"},
)
PIPELINE = declare(
    "sales.pipeline.configure",
    _("Cambiar las etapas del embudo y los motivos de pérdida"),
    roles={"admin", "office"},
)
ANALYSIS = declare(
    "sales.analysis.view",
    _("Ver el análisis de ventas"),
    roles={"admin", "sales", "office", "accountant", "readonly"},
)
APPROVE = declare(
    "sales.quote.approve",
    _("Aprobar descuentos por encima del límite"),
    roles={"admin", "office"},
)
SETTINGS = declare(
    "sales.settings.edit",
    _("Configurar presupuestos: límites de descuento, validez y recordatorios"),
    roles={"admin"},
)
TEMPLATES = declare(
    "sales.template.edit",
    _("Guardar y retirar plantillas de presupuesto"),
    roles={"admin", "sales", "office"},
)
# What signers accept, how they are identified, and who can read how they draw.
SIGNING = declare("sales.signing", _("Cambiar cómo se firman los presupuestos"), roles=())
