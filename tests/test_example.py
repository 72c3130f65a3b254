"""How a test is written here. Read it from top to bottom.

**The cast** lives in `tests/cast.py`. Lucía owns the company «Clima Levante»; Marcos sells and sees
only what is his; Nuria belongs to another house and must never get in. Ask for them by name:
`lucia` is her membership, `as_lucia` a browser where she is logged in, `lonja` her organisation.
Whoever asks for `lonja` (or for anybody who works there) is inside its scope: queries see its rows
and no others.

**Through the door.** Most tests do what a person does, a GET or a POST, and then look at what is
left: the database, the history, the outbox. Nothing real is replaced by something that pretends.

**Names are sentences.** Somebody will read the name in red without the test: it says what broke.
"""

from __future__ import annotations

from lonja.accounts.models import Membership
from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.mail.models import MailServer, MailStatus, OutgoingMail
from lonja.parties.models import Party

HOTEL = {
    "kind": "company",
    "name": "Hotel Mirador de la Bahía, S.L.",
    "country": "ES",
    "email": "compras@mirador.example",
    "payment_method": "transfer",
}


def test_a_new_client_is_saved_and_the_history_says_who_did_it(as_lucia, lucia):
    # The door: the path goes without the organisation, `as_lucia` puts it.
    answer = as_lucia.post("/clientes/nuevo/", HOTEL)

    # 303: saved, and the browser is sent to the page of the client.
    assert answer.status_code == 303
    hotel = Party.objects.get()
    assert (hotel.name, hotel.email) == (HOTEL["name"], HOTEL["email"])

    # What is not obvious is in the history, in the same transaction: who, what, to whom.
    event = Event.objects.get(target_type="parties.party", target_id=hotel.pk)
    assert (event.actor, event.verb) == (lucia, "parties.created")


def test_a_mistake_says_what_to_do_and_saves_nothing(as_lucia):
    answer = as_lucia.post("/clientes/nuevo/", {**HOTEL, "name": ""})
    # 422 and the form again, with what was typed. Test what the person reads, not its HTML.
    assert answer.status_code == 422
    assert HOTEL["email"] in answer.content.decode()
    assert not Party.objects.exists()


def test_an_invitation_leaves_a_mail_in_the_outbox(as_lucia, lonja):
    # Nothing is sent from a request: the mail is a row, and the worker sends it after.
    MailServer.objects.create(host="smtp.example", from_address="hola@clima.example")
    as_lucia.post("/configuracion/usuarios/invitacion/", {
        "email": "ana@clima.example", "role": "office", "profile": "structural",
    })  # fmt: skip
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.status) == (["ana@clima.example"], MailStatus.QUEUED)
    assert "/invitacion/" in mail.text


def test_marcos_sees_his_own_clients_and_nothing_else(as_marcos, marcos, lucia):
    his = Party.objects.create(name="Panadería Soler", agent=marcos)
    hers = Party.objects.create(name="Notaría Roca", agent=lucia)
    assert as_marcos.get(f"/clientes/{his.pk}/").status_code == 200
    # Not «forbidden»: for him it does not exist.
    assert as_marcos.get(f"/clientes/{hers.pk}/").status_code == 404


def test_nuria_never_gets_in(as_nuria, lonja, other_house, nuria):
    hotel = Party.objects.create(name="Hotel Mirador")
    assert as_nuria.get(f"/clientes/{hotel.pk}/").status_code == 404
    assert as_nuria.get(f"/clima-levante/clientes/{hotel.pk}/").status_code == 404
    # Another house is another scope: to look inside, open it.
    with scope(other_house):
        assert not Party.objects.exists()
        assert list(Membership.objects.all()) == [nuria]
