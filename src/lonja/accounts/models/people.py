"""Users are global; a membership joins one to an organisation with a role and a profile."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models.base import OrganisationModel
from lonja.accounts.permissions import ROLES, roles_with
from lonja.accounts.prepared import Prepared, Slot


class UserManager(BaseUserManager["User"]):
    """Users are found by their address, whatever its capitals."""

    def get(self, *args: Any, **kwargs: Any) -> User:
        if not args and kwargs.keys() == {"pk"}:  # who is at the other end: each request asks it
            return _user.get(pk=kwargs["pk"])
        return super().get(*args, **kwargs)

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Save a user with that password; without one, nobody logs in as them yet."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class Language(models.TextChoices):
    """The languages of the screens, each by its own name: whoever chooses one reads it."""

    SPANISH = "es", "Español"  # literal
    ENGLISH = "en", "English"


class User(AbstractBaseUser):
    """A person who logs in, known by their e-mail address."""

    email = models.EmailField(_("correo"), unique=True)
    full_name = models.CharField(_("nombre y apellidos"), max_length=120, blank=True)
    language = models.CharField(
        _("idioma"), max_length=5, choices=Language.choices, default=Language.SPANISH
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # allauth looks for these names.
    is_staff = False
    is_superuser = False

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("usuario")

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email


class Role(models.TextChoices):
    ADMIN = "admin", _("Administrador")
    SALES = "sales", _("Comercial")
    OFFICE = "office", _("Gestor")
    ACCOUNTANT = "accountant", _("Contable")
    SUPPORT = "support", _("Soporte")
    READONLY = "readonly", _("Solo lectura")
    ADVISER = "adviser", _("Gestoría externa")


class Profile(models.TextChoices):
    STRUCTURAL = "structural", _("Estructural: ve todos los datos de sus empresas")
    HIERARCHICAL = "hierarchical", _("Jerárquico: ve lo suyo y lo de quienes dependen de él")


class Membership(OrganisationModel):
    """A user inside an organisation: role (what may be done) and profile (which rows are seen)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("rol"), max_length=12, choices=Role.choices)
    profile = models.CharField(
        _("perfil"), max_length=12, choices=Profile.choices, default=Profile.STRUCTURAL
    )
    reports_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="dependants"
    )
    deactivated_at = models.DateTimeField(null=True, blank=True)
    preferences = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("miembro")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.user)

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split("@")[0].replace(".", " ").split() if word]
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None and self.user.is_active

    def can(self, code: str) -> bool:
        """Whether the role of this member grants the permission (reliability §4)."""
        return self.role in roles_with(code)

    @cached_property
    def _company_ids(self) -> tuple[int, ...]:
        return tuple(pk for (pk,) in granted_to.all(member=self.pk))

    def company_ids(self) -> tuple[int, ...]:
        """Companies this member is limited to; empty means all of the organisation's."""
        return self._company_ids

    def keep_company_ids(self, rows: Sequence[tuple[int]]) -> tuple[int, ...]:
        """The same, from what was asked together with something else."""
        self._company_ids = tuple(pk for (pk,) in rows)
        return self._company_ids

    @cached_property
    def _subordinates(self) -> frozenset[int]:
        parents = dict(Membership.objects.values_list("pk", "reports_to_id"))
        mine = {self.pk}
        grew = True
        while grew:
            more = {pk for pk, boss in parents.items() if boss in mine and pk not in mine}
            mine |= more
            grew = bool(more)
        return frozenset(mine)

    def subordinate_ids(self) -> frozenset[int]:
        """Ids of this member and of everybody below, however deep."""
        return self._subordinates

    def branch(self) -> Any:
        """The members whose rows this one sees: all, or its branch of the tree."""
        rows = Membership.objects.all()
        return rows.filter(pk__in=self.subordinate_ids()) if self.sees_only_own else rows

    @property
    def sees_only_own(self) -> bool:
        return self.profile == Profile.HIERARCHICAL


class CompanyGrant(OrganisationModel):
    """A member limited to a company (no grants: all of them)."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="grants")
    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("acceso a empresa")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "membership", "company"], name="company_grant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} → {self.company_id}"


def new_token() -> tuple[str, str]:
    """A random 256-bit token and the hash that is stored in its place (R35)."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> str:
    """The SHA-256 under which a token is stored and looked up, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def _in_a_week() -> Any:
    return timezone.now() + timedelta(days=7)


class Invitation(OrganisationModel):
    """An invitation by mail to join the organisation; its link works once, for seven days."""

    email = models.EmailField(_("correo"))
    role = models.CharField(_("rol"), max_length=12, choices=Role.choices)
    profile = models.CharField(
        _("perfil"), max_length=12, choices=Profile.choices, default=Profile.STRUCTURAL
    )
    reports_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(default=_in_a_week)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("invitación")

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return not self.accepted_at and not self.revoked_at and self.expires_at > timezone.now()


class SetupLink(models.Model):
    """The one-time link that makes the first administrator of an installation."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=_in_a_week)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("enlace de instalación")

    def __str__(self) -> str:
        return f"{self.created_at:%d/%m/%Y}"


__all__ = ["ROLES"]


# Asked by every page.
_user = Prepared(lambda: User.objects.filter(pk=Slot("pk", models.BigIntegerField())))
# Where a user works, asked by every page; who works in more sees the first in the side bar.
MOST = 50
works_in = Prepared(
    lambda: Membership.objects.select_related("organisation", "user").filter(
        user_id=Slot("user"), deactivated_at=None
    )[:MOST]
)
granted_to = Prepared(
    lambda: CompanyGrant.objects.filter(membership_id=Slot("member")).values_list("company_id")
)
