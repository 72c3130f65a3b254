"""Inviting, changing and closing the door."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.cast import OrganisationClient, make_member

from lonja.accounts.models import Company, Invitation, Membership, Role, User
from lonja.accounts.models.people import CompanyGrant
from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.mail.models import MailServer, OutgoingMail

INVITE = {"email": "Jordi@Clima.example", "role": "support", "profile": "structural"}
PERSON = {"full_name": "Jordi Mas", "password": "una-frase-bien-larga"}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def link_in(html: str) -> str:
    return re.search(r"http://testserver(/invitacion/[^\"/]+/)", html)[1]


@pytest.fixture
def link(as_lucia):
    return link_in(as_lucia.post("/configuracion/usuarios/invitacion/", INVITE).content.decode())


def rights(member, **changes):
    data = {"role": member.role, "profile": member.profile, "reports_to": ""}
    return {**data, **changes}


def test_without_a_server_the_link_is_shown_to_copy_and_no_mail_waits(as_lucia):
    html = as_lucia.post("/configuracion/usuarios/invitacion/", INVITE).content.decode()
    assert "Manda este enlace a jordi@clima.example" in html
    assert not OutgoingMail.objects.exists()
    assert Client().get(link_in(html)).status_code == 200


def test_with_a_server_the_link_goes_by_mail_and_nowhere_else(as_lucia):
    MailServer.objects.create(host="smtp.example", from_address="a@clima.example")
    answer = as_lucia.post("/configuracion/usuarios/invitacion/", INVITE)
    assert answer.status_code == 303
    mail = OutgoingMail.objects.get()
    assert mail.to == ["jordi@clima.example"]
    link = link_in(mail.text)
    assert link.split("/")[2] not in Invitation.objects.get().token_hash
    read = as_lucia.get(f"/correo/{mail.pk}/").content.decode()
    assert "invitacion/" not in read
    assert "su contenido solo lo ve quien lo recibe" in read


def test_a_new_person_joins_with_the_role_of_the_invitation(link, lonja):
    client = Client()
    answer = client.post(link, PERSON)
    assert answer.url == "/clima-levante/"
    member = Membership.objects.get(user__email="jordi@clima.example")
    assert (member.role, member.name) == ("support", "Jordi Mas")
    assert client.get("/clima-levante/").status_code == 200
    assert Event.objects.filter(verb="office.joined", actor=member).exists()


def test_the_invitation_works_once(link):
    Client().post(link, PERSON)
    assert Client().get(link).status_code == 410
    assert Client().post(link, {**PERSON, "full_name": "Otro"}).status_code == 410


def test_the_invitation_expires(link):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(link, PERSON).status_code == 410
    assert not User.objects.filter(email="jordi@clima.example").exists()


def test_a_revoked_invitation_does_not_open(link, as_lucia):
    pk = Invitation.objects.get().pk
    assert as_lucia.post(f"/configuracion/usuarios/invitacion/{pk}/anulacion/").status_code == 303
    assert Client().get(link).status_code == 410


def test_a_second_invitation_replaces_the_first(link, as_lucia):
    newer = link_in(as_lucia.post("/configuracion/usuarios/invitacion/", INVITE).content.decode())
    assert Client().get(link).status_code == 410
    assert Client().get(newer).status_code == 200


def test_somebody_with_an_account_must_come_in_with_it(as_lucia, nuria, lonja):
    nuria.user.email = "nuria@otra-casa.example"
    nuria.user.save()
    data = {**INVITE, "email": nuria.user.email}
    link = link_in(as_lucia.post("/configuracion/usuarios/invitacion/", data).content.decode())
    assert Client().get(link).url.startswith("/cuenta/entrar/?next=%2Finvitacion%2F")
    stranger = Client()
    stranger.force_login(make_member(lonja, "Pau Vidal", Role.SALES).user)
    assert "Esta invitación es de otra cuenta" in stranger.get(link).content.decode()
    assert stranger.post(link).status_code == 200
    assert not Membership.objects.filter(user=nuria.user).exists()
    mine = Client()
    mine.force_login(nuria.user)
    assert mine.post(link).url == "/clima-levante/"
    assert Membership.objects.get(user=nuria.user).role == "support"


def test_a_member_is_not_invited_again(as_lucia, marcos):
    answer = as_lucia.post(
        "/configuracion/usuarios/invitacion/", {**INVITE, "email": "marcos@clima-levante.example"}
    )
    assert answer.status_code == 409
    assert "ya es usuario" in answer.content.decode()


def test_changing_a_member_is_written_in_the_history(as_lucia, marcos, lucia):
    data = rights(marcos, role="accountant", profile="structural", reports_to=str(lucia.pk))
    assert as_lucia.post(f"/configuracion/usuarios/{marcos.pk}/", data).status_code == 303
    marcos.refresh_from_db()
    assert marcos.role == "accountant"
    event = Event.objects.get(verb="office.member_changed")
    assert (event.data["before"]["role"], event.data["after"]["role"]) == ("sales", "accountant")
    shown = as_lucia.get(f"/configuracion/usuarios/{marcos.pk}/").content.decode()
    assert "Comercial → Contable" in shown


def test_a_member_may_be_limited_to_some_companies(as_lucia, marcos, lonja):
    second = Company.objects.create(legal_name="Clima Sur, S.L.", nif="B12345674")
    data = rights(marcos, companies=[str(second.pk)])
    as_lucia.post(f"/configuracion/usuarios/{marcos.pk}/", data)
    assert [g.company_id for g in CompanyGrant.objects.filter(membership=marcos)] == [second.pk]
    as_marcos = OrganisationClient(Membership.objects.get(pk=marcos.pk))
    assert as_marcos.post(f"/empresas/{lonja.company.pk}/uso/").status_code == 404
    assert as_marcos.post(f"/empresas/{second.pk}/uso/").status_code == 303


def test_nobody_may_depend_on_their_own_people(as_lucia, lucia, marcos):
    data = rights(lucia, reports_to=str(marcos.pk))
    answer = as_lucia.post(f"/configuracion/usuarios/{lucia.pk}/", data)
    assert answer.status_code == 409
    assert "ya depende de" in answer.content.decode()


def test_the_last_administrator_stays(as_lucia, lucia):
    demoted = as_lucia.post(f"/configuracion/usuarios/{lucia.pk}/", rights(lucia, role="office"))
    assert demoted.status_code == 409
    closed = as_lucia.post(f"/configuracion/usuarios/{lucia.pk}/baja/")
    assert closed.status_code == 409
    assert "tiene que quedar alguno" in closed.content.decode()
    lucia.refresh_from_db()
    assert lucia.role == "admin" and lucia.is_active


def test_one_of_two_administrators_may_go(as_lucia, lonja):
    other = make_member(lonja, "Núria Pons")
    assert as_lucia.post(f"/configuracion/usuarios/{other.pk}/baja/").status_code == 303


def test_a_deactivated_member_is_out_at_once(as_lucia, as_marcos, marcos):
    assert as_marcos.get("/").status_code == 200
    as_lucia.post(f"/configuracion/usuarios/{marcos.pk}/baja/")
    assert as_marcos.get("/").status_code == 302
    assert "_auth_user_id" not in as_marcos.session
    as_lucia.post(f"/configuracion/usuarios/{marcos.pk}/alta/")
    assert OrganisationClient(marcos).get("/").status_code == 200


def test_only_administrators_see_the_users(as_marcos, marcos):
    for path in ("", "roles/", "invitacion/", f"{marcos.pk}/"):
        assert as_marcos.get(f"/configuracion/usuarios/{path}").status_code == 403
    assert as_marcos.post("/configuracion/usuarios/invitacion/", INVITE).status_code == 403
    assert not Invitation.objects.exists()


def test_the_list_costs_the_same_with_many_members(as_lucia, lonja, django_assert_max_num_queries):
    for n in range(12):
        make_member(lonja, f"Persona{n} Prueba", Role.SALES)
    with django_assert_max_num_queries(16):
        html = as_lucia.get("/configuracion/usuarios/").content.decode()
    assert "Persona11 Prueba" in html


def test_the_matrix_shows_every_permission(as_lucia):
    html = as_lucia.get("/configuracion/usuarios/roles/").content.decode()
    assert "Ver y reintentar el correo saliente" in html
    assert "Gestoría externa" in html


def test_an_administrator_takes_away_a_lost_second_factor(as_lucia, marcos, as_marcos):
    TOTP.activate(marcos.user, generate_totp_secret())
    answer = as_lucia.post(f"/configuracion/usuarios/{marcos.pk}/segundo-factor/")
    assert answer.status_code == 303
    assert not Authenticator.objects.filter(user=marcos.user).exists()
    assert as_marcos.get("/").status_code == 302
    assert Event.objects.filter(verb="office.second_factor_reset").exists()


def test_not_the_one_of_somebody_who_also_works_elsewhere(as_lucia, marcos, other_house):
    TOTP.activate(marcos.user, generate_totp_secret())
    with scope(other_house):
        Membership.objects.create(user=marcos.user, role=Role.ADMIN)
    answer = as_lucia.post(f"/configuracion/usuarios/{marcos.pk}/segundo-factor/")
    assert answer.status_code == 409
    assert Authenticator.objects.filter(user=marcos.user).exists()
