"""What a person types about clients and leads."""

from lonja.parties.forms.client import (
    LANGUAGES,
    BlockForm,
    CleanTextMixin,
    ClientForm,
    ContactForm,
    agents_for,
)
from lonja.parties.forms.lead import ConvertForm, DiscardForm, LeadForm, MoveLeadForm, SourceForm

__all__ = [
    "LANGUAGES",
    "BlockForm",
    "CleanTextMixin",
    "ClientForm",
    "ContactForm",
    "ConvertForm",
    "DiscardForm",
    "LeadForm",
    "MoveLeadForm",
    "SourceForm",
    "agents_for",
]
