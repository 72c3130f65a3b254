"""Who may do what with the catalogue."""

from django.utils.translation import gettext_lazy as _

from lonja.accounts.permissions import ROLES, declare

VIEW = declare("catalogue.product.view", _("Ver el catálogo"), roles=set(ROLES) - {"adviser"})
EDIT = declare("catalogue.product.edit", _("Crear y cambiar productos"), roles={"office"})
COST = declare("catalogue.product.cost", _("Ver costes y márgenes"), roles={"office", "accountant"})
IMPORT = declare("catalogue.product.import", _("Importar productos"), roles={"office"})
PRICES = declare("catalogue.price.edit", _("Crear y cambiar tarifas"), roles={"office"})
