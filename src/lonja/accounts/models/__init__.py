from lonja.accounts.models.base import OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.accounts.models.organisation import Company, Organisation
from lonja.accounts.models.people import (
    ROLES,
    CompanyGrant,
    Invitation,
    Membership,
    Profile,
    Role,
    SetupLink,
    User,
)

__all__ = [
    "ROLES",
    "Company",
    "CompanyGrant",
    "Invitation",
    "Membership",
    "Organisation",
    "OrganisationModel",
    "Profile",
    "Role",
    "ScopedManager",
    "ScopedQuerySet",
    "SetupLink",
    "User",
]
