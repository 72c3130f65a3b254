from lonja.einvoices.models.certificate import SigningCertificate
from lonja.einvoices.models.copy import ElectronicCopy, Format
from lonja.einvoices.models.face import LIVE, FaceDelivery, FaceEvent, FaceState
from lonja.einvoices.models.profile import EinvoiceProfile
from lonja.einvoices.models.received import (
    RECEIVED_TONES,
    ReceivedInvoice,
    ReceivedState,
    ReceivedStatus,
)
from lonja.einvoices.models.status import TONES, InvoiceStatus, IssuedStatus, Source

__all__ = [
    "LIVE",
    "RECEIVED_TONES",
    "TONES",
    "EinvoiceProfile",
    "ElectronicCopy",
    "FaceDelivery",
    "FaceEvent",
    "FaceState",
    "Format",
    "InvoiceStatus",
    "IssuedStatus",
    "ReceivedInvoice",
    "ReceivedState",
    "ReceivedStatus",
    "SigningCertificate",
    "Source",
]
