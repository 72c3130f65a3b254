from lonja.einvoices.models.certificate import SigningCertificate
from lonja.einvoices.models.copy import ElectronicCopy, Format
from lonja.einvoices.models.profile import EinvoiceProfile

__all__ = ["EinvoiceProfile", "ElectronicCopy", "Format", "SigningCertificate"]
