from lonja.accounts.models.base import OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.accounts.models.organisation import Company, Organisation
from lonja.accounts.models.people import (
    ROLES,
    CompanyGrant,
    Invitation,
    Language,
    Membership,
    Profile,
    Role,
    SetupLink,
    User,
)
from lonja.accounts.models.schedule import Absence, Department, DepartmentMember, WorkCalendar

__all__ = [
    "ROLES",
    "Absence",
    "Company",
    "CompanyGrant",
    "Department",
    "DepartmentMember",
    "Invitation",
    "Language",
    "Membership",
    "Organisation",
    "OrganisationModel",
    "Profile",
    "Role",
    "ScopedManager",
    "ScopedQuerySet",
    "SetupLink",
    "User",
    "WorkCalendar",
]
