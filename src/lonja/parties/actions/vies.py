"""Evidence that a client of another country of the Union has a VAT number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_vat_eu
from lonja.parties import vies
from lonja.parties.models import IdType, Party, VatCheck

if TYPE_CHECKING:
    import httpx


def check_in_vies(
    party: Party,
    *,
    by: Membership | None,
    company: Company | None = None,
    transport: httpx.BaseTransport | None = None,
) -> VatCheck:
    """Ask VIES about the number of a client and keep the answer with its date and reference.

    The network is asked outside any transaction. Raises Refused: the client is not identified by
    such a number, the number cannot be one, or VIES does not answer.
    """
    if party.id_type != IdType.VAT_EU or not party.nif:
        raise Refused(
            "vies_not_vat",
            _("%(name)s no se identifica con un NIF-IVA de otro país de la Unión Europea.")
            % {"name": party.name},
        )
    number = check_vat_eu(party.nif, structure_only=True)
    answer = vies.ask(
        number[:2],
        number[2:],
        requester=company.nif if company is not None else "",
        transport=transport,
    )
    with transaction.atomic():
        check = VatCheck.objects.create(
            party=party,
            number=party.nif,
            valid=answer.valid,
            name=answer.name,
            address=answer.address,
            reference=answer.reference,
            by=by,
        )
        record(by, "parties.vies", party, valid=answer.valid, on=format_date(check.on))
    return check


def last_check(party: Party) -> VatCheck | None:
    """The last answer of VIES about the number that the client has now."""
    rows = VatCheck.objects.filter(party=party, number=party.nif)
    return rows.order_by("-pk").first()
