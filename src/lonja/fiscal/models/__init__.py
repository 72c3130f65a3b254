"""VERI*FACTU: chains of records, their way to the agency, and who answers for the program."""

from lonja.fiscal.models.certificate import Certificate
from lonja.fiscal.models.chain import Chain, Record, RecordState
from lonja.fiscal.models.declaration import Declaration, Producer
from lonja.fiscal.models.sending import Channel, Result, Submission, SubmissionState

__all__ = [
    "Certificate",
    "Chain",
    "Channel",
    "Declaration",
    "Producer",
    "Record",
    "RecordState",
    "Result",
    "Submission",
    "SubmissionState",
]
