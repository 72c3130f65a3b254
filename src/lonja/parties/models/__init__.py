"""Customers and leads are parties: a lead is a party at an early stage."""

from lonja.parties.models.lead import (
    LeadSource,
    NotDuplicate,
    PartyMerge,
    QualificationRule,
)
from lonja.parties.models.party import (
    Contact,
    IdType,
    Kind,
    LeadStatus,
    Party,
    PartyQuerySet,
    PartyTag,
    PaymentMethod,
    Stage,
    Tag,
    VatCheck,
)

__all__ = [
    "Contact",
    "IdType",
    "Kind",
    "LeadSource",
    "LeadStatus",
    "NotDuplicate",
    "Party",
    "PartyMerge",
    "PartyQuerySet",
    "PartyTag",
    "PaymentMethod",
    "QualificationRule",
    "Stage",
    "Tag",
    "VatCheck",
]
