"""The people of the tests: Lucía owns the company, Marcos sells with a limited view, Nuria belongs
to another company and must never get in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from lonja.accounts.models import Company, Membership, Organisation, Profile, Role, User
from lonja.accounts.scope import scope
from lonja.kit.text import search_text

PASSWORD = "una-contraseña-larga"


class OrganisationClient(Client):
    """A logged-in client whose paths are given without the organisation segment."""

    def __init__(self, member: Membership, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.member = member
        self.slug = member.organisation.slug
        self.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        if not path.startswith((f"/{self.slug}/", "/p/", "/cuenta/", "/salud/", "http")):
            path = f"/{self.slug}{path}"
        return super().generic(method, path, *args, **kwargs)

    def htmx(self, path: str, data: Any = None, method: str = "get") -> Any:
        """A request as htmx makes it."""
        return getattr(self, method)(path, data, headers={"HX-Request": "true"})


def make_organisation(name: str, slug: str, nif: str) -> Organisation:
    from django.utils import timezone

    organisation = Organisation.objects.create(name=name, slug=slug, setup_done_at=timezone.now())
    with scope(organisation):
        organisation.company = Company.objects.create(  # type: ignore[attr-defined]
            legal_name=f"{name}, S.L.",
            trade_name=name,
            nif=nif,
            address="C/ de la Ferreria, 8",
            postcode="46013",
            city="València",
            province="Valencia",
            email=f"facturas@{slug.replace('-', '')}.example",
            phone="960 000 000",
            registry="R. M. de Valencia, H. V-00000",
            iban="ES9121000418450200051332",
        )
    return organisation


def make_member(
    organisation: Organisation,
    full_name: str,
    role: str = Role.ADMIN,
    profile: str = Profile.STRUCTURAL,
    reports_to: Membership | None = None,
) -> Membership:
    user = User(email=f"{search_text(full_name.split()[0])}@{organisation.slug}.example")
    user.full_name = full_name
    user.set_unusable_password()
    user.save()
    with scope(organisation):
        return Membership.objects.create(
            user=user, role=role, profile=profile, reports_to=reports_to
        )


@pytest.fixture
def lonja(db: None) -> Organisation:
    return make_organisation("Clima Levante", "clima-levante", "B98765431")


@pytest.fixture
def other_house(db: None) -> Organisation:
    return make_organisation("Otra Casa", "otra-casa", "B12345674")


@pytest.fixture
def lucia(lonja: Organisation) -> Membership:
    return make_member(lonja, "Lucía Ferrer")


@pytest.fixture
def marcos(lonja: Organisation, lucia: Membership) -> Membership:
    return make_member(lonja, "Marcos Peris", Role.SALES, Profile.HIERARCHICAL, lucia)


@pytest.fixture
def nuria(other_house: Organisation) -> Membership:
    return make_member(other_house, "Nuria Gil")


@pytest.fixture
def as_lucia(lucia: Membership) -> OrganisationClient:
    return OrganisationClient(lucia)


@pytest.fixture
def as_marcos(marcos: Membership) -> OrganisationClient:
    return OrganisationClient(marcos)


@pytest.fixture
def as_nuria(nuria: Membership) -> OrganisationClient:
    return OrganisationClient(nuria)


@pytest.fixture(autouse=True)
def _open_scope(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that know an organisation run inside its scope, unless marked `no_scope`."""
    marked = request.node.get_closest_marker("no_scope")
    if marked or "lonja" not in request.fixturenames:
        yield
        return
    with scope(request.getfixturevalue("lonja")):
        yield
