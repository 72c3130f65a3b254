"""How a client wants its invoices, and where in the administration they go."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel
from lonja.einvoices.document import Centre
from lonja.einvoices.models.copy import Format
from lonja.parties.models import Party

PDF_ONLY = ""
# What may be asked for beside the PDF (the faithful copy is for the public solution only).
PREFERRED = [
    (PDF_ONLY, _("Solo PDF")),
    *[(value, label) for value, label in Format.choices if value != Format.UBL_COPY],
]
# Roles of the units of the administration in Facturae (RoleTypeCode).
CENTRES = {
    "accounting_office": "01",
    "managing_body": "02",
    "processing_unit": "03",
    "proposing_body": "04",
}


class EinvoiceProfile(OrganisationModel):
    """`preferred`: the format attached beside the PDF; empty, none.

    The DIR3 codes are those of the Directorio Común of the administrations (Ley 25/2013).
    """

    party = models.OneToOneField(Party, on_delete=models.CASCADE, related_name="einvoice_profile")
    preferred = models.CharField(
        _("formato preferido"), max_length=10, choices=PREFERRED, blank=True, default=PDF_ONLY
    )
    accounting_office = models.CharField(_("oficina contable"), max_length=10, blank=True)
    managing_body = models.CharField(_("órgano gestor"), max_length=10, blank=True)
    processing_unit = models.CharField(_("unidad tramitadora"), max_length=10, blank=True)
    proposing_body = models.CharField(_("órgano proponente"), max_length=10, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("perfil de facturación electrónica")

    def __str__(self) -> str:
        return self.get_preferred_display()

    @property
    def centres(self) -> tuple[Centre, ...]:
        """The units, in the order of their roles."""
        found = ((role, getattr(self, name)) for name, role in CENTRES.items())
        return tuple(Centre(role, code) for role, code in found if code)

    @property
    def variant(self) -> str:
        """What tells apart two Facturae of the same invoice."""
        return "-".join(centre.code for centre in self.centres)

    @property
    def is_public(self) -> bool:
        """It has the three codes that FACe needs."""
        return bool(self.accounting_office and self.managing_body and self.processing_unit)
