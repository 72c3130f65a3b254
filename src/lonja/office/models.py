"""What the office remembers: the rule of the second factor and when each person first came in."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel, User

DEFAULT_GRACE_DAYS = 7


class AccessPolicy(OrganisationModel):
    """Rules of access of an organisation. Without a row the defaults hold."""

    second_factor_grace_days = models.PositiveSmallIntegerField(
        _("días para activar el segundo factor"), default=DEFAULT_GRACE_DAYS
    )

    class Meta:
        verbose_name = _("normas de acceso")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="access_policy_once")]

    def __str__(self) -> str:
        return gettext("%(n)s días") % {"n": self.second_factor_grace_days}


class FirstLogin(models.Model):
    """The first time a person came in: the days of grace of the second factor count from it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("primera entrada")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.at:%d/%m/%Y}"
