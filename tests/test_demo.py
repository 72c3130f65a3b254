"""The invented year: made by the real actions, seen on screen, mailed to nobody, taken away."""

import pytest
from django.utils.html import escape

from lonja.accounts.models import Company, Membership, Organisation
from lonja.accounts.scope import scope
from lonja.billing.models import Invoice
from lonja.config.demo.cast import SLUG
from lonja.config.demo.load import load_demo, load_house, remove_demo
from lonja.config.demo.story import MRR_TODAY
from lonja.config.verification import verify
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.mail.models import MailServer, MailStatus, OutgoingMail
from lonja.mail.outbox import queue_mail
from lonja.mail.sending import send_waiting
from lonja.parties.models import Party
from lonja.sales.models import Quote, QuoteStatus, Signature
from lonja.subscriptions.models import Plan, PlanTerm
from lonja.subscriptions.reports import by_kind, changes, month_closes, mrr
from lonja.tasks.models import SLA_VALUES, Interaction, InteractionKind, Task

pytestmark = [pytest.mark.django_db, pytest.mark.no_scope]


@pytest.mark.slow
def test_the_year_of_clima_levante_is_loaded_shown_and_removed(client):
    house = load_house()
    organisation = house.organisation
    with scope(organisation):
        today = house.company.today()
        assert mrr(PlanTerm.objects.all(), today) == MRR_TODAY
        moved = by_kind(changes(PlanTerm.objects.all(), month_closes(today, 2)[0], today))
        assert (moved["new"], moved["churn"]) == (124_000, -42_000)
        overdue = Invoice.objects.overdue(today)
        assert sum(invoice.outstanding_cents for invoice in overdue) == 841_000
        back = Invoice.objects.get(correction_reason="Devolución de 2 equipos")
        assert (back.charged_cents, back.outstanding_cents) == (-48_400, -18_150)
        assert Invoice.objects.filter(kind="r1").count() == 3
        assert Invoice.objects.get(kind="recap").references.count() == 4
        assert set(Quote.objects.values_list("status", flat=True)) == set(QuoteStatus)
        assert Signature.objects.count() == 12
        assert Task.objects.open().count() == 64
        assert set(Task.objects.open().with_sla().values_list("sla_text", flat=True)) == set(
            SLA_VALUES
        )
        said = Interaction.objects.all()
        assert set(said.values_list("kind", flat=True)) == set(InteractionKind)
        assert said.count() > 150
        last = said.exclude(text="").order_by("-at", "-pk")[0]
        assert not OutgoingMail.objects.exclude(status=MailStatus.SENT).exists()
    assert verify(SLUG).problems == []

    marta = house.members[0]
    assert client.login(username=marta.user.email, password=house.password)
    assert client.get(f"/{SLUG}/").status_code == 200
    page = f"/{SLUG}/clientes/{last.party_id}/?tab=actividad"
    assert escape(last.text) in client.get(page).content.decode()

    remove_demo(organisation)
    with scope(organisation):
        for model in (Party, Plan, Invoice, Quote, StoredFile, OutgoingMail, Task, Interaction):
            assert not model.objects.exists()
        assert Membership.objects.count() == 3
        assert Company.objects.get() == house.company


def test_the_mails_of_a_demo_wait_and_are_never_sent(lonja):
    Organisation.objects.filter(pk=lonja.pk).update(is_demo=True)
    with scope(lonja):
        MailServer.objects.create(host="127.0.0.1", port=9, from_address="a@lonja.example")
        mail = queue_mail(to=["nadie@lonja.example"], subject="Hola", text="Hola")
        assert send_waiting(lonja.pk) == 0
        mail.refresh_from_db()
        assert (mail.status, mail.attempts) == (MailStatus.QUEUED, 0)


def test_invented_data_are_not_mixed_with_real_ones(lonja, lucia):
    with scope(lonja):
        Party.objects.create(name="Cliente de verdad")
        with pytest.raises(Refused, match="solo se cargan en vacío"):
            load_demo(lonja.company, [lucia])
    lonja.refresh_from_db()
    assert not lonja.is_demo


def test_real_data_are_not_removed_as_if_they_were_a_demo(lonja):
    with scope(lonja):
        Party.objects.create(name="Cliente de verdad")
    with pytest.raises(Refused, match="no es de prueba"):
        remove_demo(lonja)
    with scope(lonja):
        assert Party.objects.count() == 1


def test_the_first_run_offers_the_invented_year(lonja, lucia):
    from lonja.jobs.models import Job
    from lonja.office.demo import demo

    with scope(lonja):
        job = demo().load(lucia)
        assert Job.objects.get().task == "lonja.config.demo.jobs.load"
        assert job.requested_by == lucia
