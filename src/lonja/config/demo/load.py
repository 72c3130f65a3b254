"""Loading the demo into an organisation, and taking it away again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.locks import scoped_models
from lonja.accounts.models import Company, CompanyGrant, Invitation, Membership, Organisation
from lonja.accounts.scope import current_organisation_id, scope
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Invoice
from lonja.config.demo import cast, chapters
from lonja.config.demo.story import MONTHS, Year
from lonja.files.models import StoredFile
from lonja.jobs.models import Job
from lonja.kit.dates import add_months
from lonja.kit.errors import Refused
from lonja.mail.models import MailServer, MailStatus, OutgoingMail
from lonja.parties.models import Party

SEED = 2026
# What an organisation keeps when its invented data go.
STAYS = (Company, Membership, CompanyGrant, Invitation, MailServer)


def load_demo(
    company: Company,
    members: Sequence[Membership],
    *,
    today: date | None = None,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Live an invented year in the organisation of the scope and mark it as a demo.

    It never sends mail afterwards, and `remove_demo` takes everything away. `members` sign what
    they do: an administrator, who sells, who invoices (the same person may be all). Raises
    Refused("demo_not_empty") when there is anything to mix it with. Returns how many of each.
    """
    organisation = Organisation.objects.get(pk=current_organisation_id())
    if Invoice.objects.exists() or Party.objects.exists():
        raise Refused(
            "demo_not_empty",
            _("Aquí ya hay clientes o facturas: los datos de prueba solo se cargan en vacío."),
        )
    Organisation.objects.filter(pk=organisation.pk).update(is_demo=True)
    rng = Random(SEED)  # noqa: S311 - the same story every time, nothing secret
    people = [members[min(n, len(members) - 1)] for n in range(3)]
    day = today or company.today()
    with transaction.atomic():
        ensure_series(company)
        products = cast.make_products(people[0])
        since = add_months(day.replace(day=1), -MONTHS)
        clients, leads = cast.make_parties(rng, people, people[0], since)
    year = Year(rng, company, people, clients, leads, products, day, told)
    chapters.write(year)
    year.live()
    _let_the_past_rest()
    return {
        "clients": len(clients),
        "leads": len(leads),
        "invoices": Invoice.objects.exclude(number="").count(),
        "mrr_cents": year.mrr_now(),
    }


def _let_the_past_rest() -> None:
    """The mails of the year went out in their day, and nothing is left to be done."""
    OutgoingMail.objects.filter(status=MailStatus.QUEUED).update(
        status=MailStatus.SENT, sent_at=F("created_at"), attempts=1
    )
    Job.objects.filter(status="ready", key=None).delete()


def remove_demo(organisation: Organisation) -> None:
    """Take away every business row and file of a demo; its people, company and settings stay.

    Raises Refused("not_demo") for an organisation with real data.
    """
    paths = []
    with transaction.atomic(), scope(organisation):
        locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
        if not locked.is_demo:
            raise Refused("not_demo", _("Esta organización no es de prueba: no se borra nada."))
        logos = Company.objects.exclude(logo=None).values_list("logo_id", flat=True)
        kept_files = set(logos)
        paths = list(StoredFile.objects.exclude(pk__in=kept_files).values_list("path", flat=True))
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            for model in scoped_models():
                if model in STAYS:
                    continue
                sql = f"DELETE FROM {quote(model._meta.db_table)} WHERE organisation_id = %s"  # noqa: S608
                params: list[Any] = [organisation.pk]
                if model is StoredFile and kept_files:
                    sql += f" AND id NOT IN ({', '.join(['%s'] * len(kept_files))})"
                    params += sorted(kept_files)
                cursor.execute(sql, params)
        Organisation.objects.filter(pk=organisation.pk).update(is_demo=False)
    for path in paths:
        (Path(settings.FILES_ROOT) / path).unlink(missing_ok=True)


def load_house(told: Callable[[int, int], None] = lambda _done, _total: None) -> cast.House:
    """Make «Clima Levante» and load its year. Raises Refused when there is one."""
    if Organisation.objects.filter(slug=cast.SLUG).exists():
        raise Refused("demo_exists", _("Ya hay una organización de prueba en estos datos."))
    house = cast.make_house(timezone.now())
    with scope(house.organisation):
        load_demo(house.company, house.members, told=told)
    return house
