"""A request that got in: whose it is, and what its handler needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.api.door.problems import Problem, not_found
from lonja.api.models import ApiToken


@dataclass(frozen=True)
class Answer:
    """What a handler gives: `body` is what JSON takes, or bytes with their content type."""

    body: Any = None
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass
class Call:
    """Who asks, inside the organisation of their key."""

    request: HttpRequest
    token: ApiToken
    companies: list[Company]

    @property
    def member(self) -> Membership:
        return self.token.membership

    @cached_property
    def company(self) -> Company:
        """The company of the key: the first one granted. Raises Problem when there is none."""
        if not self.companies:
            raise Problem(
                HTTPStatus.CONFLICT,
                "no_company",
                _("Aún no hay ninguna empresa que emita. Créala en Configuración › Empresa."),
            )
        return self.companies[0]

    def company_of(self, pk: int | None) -> Company:
        """The company asked for, or the first; one that was not granted does not exist."""
        if pk is None:
            return self.company
        for one in self.companies:
            if one.pk == pk:
                return one
        text = _("No existe esa empresa.")
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "company_unknown", text, fields={"company_id": text}
        )

    @property
    def today(self) -> date:
        return self.companies[0].today() if self.companies else timezone.localdate()

    def may(self, permission: str) -> bool:
        return self.member.can(permission)

    def base_url(self) -> str:
        """«https://…», without final slash: what links of mails begin with."""
        return self.request.build_absolute_uri("/").rstrip("/")

    def visible(self, source: Any, pk: int) -> Any:
        """The row with that id if the member may see it; otherwise it does not exist (R21)."""
        queryset = source.objects.all() if hasattr(source, "objects") else source
        row = queryset.visible_to(self.member).filter(pk=pk).first()
        if row is None:
            raise not_found()
        return row

    def referred(self, source: Any, pk: int, name: str, text: str) -> Any:
        """A row named by a field of the body; what is not visible is a mistake of that field."""
        queryset = source.objects.all() if hasattr(source, "objects") else source
        row = queryset.visible_to(self.member).filter(pk=pk).first()
        if row is None:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}_unknown", text, fields={name: text}
            )
        return row

    def if_match(self, tag: str) -> bool:
        """Whether `If-Match` asked for this version. Raises Problem 412 when for another one."""
        asked = self.request.headers.get("If-Match", "").strip()
        if not asked or asked == "*":
            return False
        found = {one.strip().removeprefix("W/") for one in asked.split(",")}
        if tag not in found:
            raise Problem(
                HTTPStatus.PRECONDITION_FAILED,
                "version_conflict",
                _("Alguien lo ha cambiado desde que lo leíste. Léelo otra vez y repite el cambio."),
                headers={"ETag": tag},
            )
        return True


def etag(version: Any) -> str:
    """A version as `ETag`: 3 → «"3"»."""
    return f'"{version}"'
