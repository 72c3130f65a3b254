"""From the first call to the client: capturing, qualifying, discarding and converting leads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import kept
from lonja.accounts.prepared import Prepared, Slot
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email, check_phone, check_postcode
from lonja.kit.text import clean_block, clean_line
from lonja.parties.actions.clients import create_client, refuse_merged
from lonja.parties.actions.duplicates import Duplicate, LooksLike, find_duplicates, told
from lonja.parties.actions.identify import identify
from lonja.parties.actions.merge import merge_parties
from lonja.parties.actions.score import missing_to_qualify, rescore
from lonja.parties.actions.sources import source_named
from lonja.parties.models import Contact, Kind, LeadSource, LeadStatus, Party, Stage

if TYPE_CHECKING:
    from lonja.accounts.models import Company, Membership

__all__ = [
    "Duplicate",
    "capture_lead",
    "convert_lead",
    "discard_lead",
    "find_duplicates",
    "merge_parties",
    "missing_to_invoice",
    "missing_to_qualify",
    "move_lead",
    "note_contact",
    "qualify_lead",
    "reopen_lead",
]

_LINES = {
    "trade_name": 120,
    "address": 200,
    "postcode": 10,
    "city": 80,
    "province": 80,
    "website": 120,
}


@transaction.atomic
def capture_lead(
    data: dict[str, Any], *, by: Membership | None, company: Company | None = None
) -> Party:
    """A new lead from what is known. `name` is enough; with `company`, the name of the firm, `name`
    is the person to talk to.

    Keys of `data`, all texts but the marked ones: name, company, trade_name, nif, kind
    (`parties.Kind`; guessed when missing), email, phone, address, postcode, city, province,
    country, website, notes (what it needs), position (of the person), source (a name, or a
    `LeadSource`), agent (a `Membership`), allow_duplicate (bool: do not look for who may be the
    same), allow_nif (bool: also with a NIF that exists). Raises Refused: `name_missing`,
    `email_invalid`, `nif_*`, `nif_duplicate`, `lead_duplicate` (`LooksLike`).
    The argument `company` is our company it was captured for; it is kept in the history.
    """
    person = clean_line(str(data.get("name") or ""))[:120]
    firm = clean_line(str(data.get("company") or ""))[:120]
    if not person and not firm:
        raise Refused("name_missing", _("Escribe el nombre."), field="name")
    party = Party(stage=Stage.LEAD, lead_status=LeadStatus.NEW, name=firm or person)
    for name, longest in _LINES.items():
        setattr(party, name, clean_line(str(data.get(name) or ""))[:longest])
    party.country = str(data.get("country") or "ES")[:2].upper()
    party.notes = clean_block(str(data.get("notes") or ""))
    party.email = check_email(data["email"]) if str(data.get("email") or "").strip() else ""
    party.phone = written_phone(str(data.get("phone") or ""))
    _identify(party, str(data.get("nif") or ""), str(data.get("kind") or ""), bool(firm))
    _locate(party)
    source = data.get("source")
    party.lead_source = source if isinstance(source, LeadSource) else source_named(source, by=by)
    party.agent = data.get("agent")
    if not data.get("allow_duplicate"):
        refuse_lookalikes(party, by=by)
    party = create_client(party, by=by, allow_duplicate=bool(data.get("allow_nif")))
    if firm and person:
        Contact.objects.create(
            party=party,
            name=person,
            position=clean_line(str(data.get("position") or ""))[:80],
            email=party.email,
            phone=party.phone,
            is_main=True,
        )
    rescore(party)
    return party


def refuse_lookalikes(party: Party, *, by: Membership | None) -> None:
    """Raise `LooksLike` when somebody alike is here; the NIF has a refusal of its own."""
    found = find_duplicates(email=party.email, phone=party.phone, name=party.name, exclude=party.pk)
    if heard := told(by, found):
        raise LooksLike(heard)


def written_phone(text: str) -> str:
    """The phone as it is stored; an extension or two numbers, as written."""
    text = clean_line(text)[:30]
    try:
        return check_phone(text) if text else ""
    except Refused:
        return text


def _identify(party: Party, nif: str, kind: str, is_firm: bool) -> None:
    if nif.strip():
        found = identify(nif, "" if party.country == "ES" else party.country)
        party.nif, party.id_type, party.country = found.value, found.id_type, found.country
        party.kind = found.kind
    else:
        party.kind = Kind.COMPANY if is_firm else Kind.CONSUMER
    if kind in Kind.values:
        party.kind = kind


def _locate(party: Party) -> None:
    """The province of the post code, when it is a Spanish one."""
    if not party.postcode or party.country != "ES":
        return
    try:
        found = check_postcode(party.postcode)
    except Refused:
        return
    party.postcode = found.value
    party.province = party.province or found.province


@transaction.atomic
def move_lead(party: Party, status: str, *, by: Membership | None, reason: str = "") -> Party:
    """Change the state of a lead, through the verb that fits it. Raises Refused."""
    if status == LeadStatus.QUALIFIED:
        return qualify_lead(party, by=by)
    if status == LeadStatus.DISCARDED:
        return discard_lead(party, reason, by=by)
    return reopen_lead(party, by=by, status=status)


@transaction.atomic
def qualify_lead(party: Party, *, by: Membership | None) -> Party:
    """Say that it is worth an offer. Raises Refused `lead_missing`, naming what is missing."""
    party = _locked_lead(party)
    if party.lead_status == LeadStatus.QUALIFIED:
        return party
    if missing := missing_to_qualify(party):
        raise Refused(
            "lead_missing",
            _("Para cualificarlo falta: %(facts)s.") % {"facts": ", ".join(missing)},
        )
    return _into(party, LeadStatus.QUALIFIED, "parties.qualified", by)


@transaction.atomic
def discard_lead(party: Party, reason: str, *, by: Membership | None) -> Party:
    """Give up on it, saying why. It stays, to be taken up again. Raises `discard_reason`."""
    party = _locked_lead(party)
    reason = clean_line(reason)[:200]
    if not reason:
        raise Refused("discard_reason", _("Escribe por qué se descarta."), field="reason")
    if party.lead_status == LeadStatus.DISCARDED:
        return party
    return _into(party, LeadStatus.DISCARDED, "parties.discarded", by, reason=reason)


@transaction.atomic
def reopen_lead(
    party: Party, *, by: Membership | None, status: str = LeadStatus.CONTACTED
) -> Party:
    """Back to new or contacted."""
    party = _locked_lead(party)
    if status not in (LeadStatus.NEW, LeadStatus.CONTACTED) or party.lead_status == status:
        return party
    return _into(party, status, "parties.lead_moved", by)


def note_contact(party: Party, *, by: Membership | None) -> None:
    """Somebody has talked with it: a new lead is one contacted."""
    if party.stage == Stage.LEAD and party.lead_status == LeadStatus.NEW:
        reopen_lead(party, by=by)


def _locked_lead(party: Party) -> Party:
    refuse_merged(party)
    party = Party.objects.locked(party.pk)
    if party.stage != Stage.LEAD:
        raise Refused("not_a_lead", _("Ya es cliente."))
    return party


def _into(party: Party, status: str, verb: str, by: Membership | None, reason: str = "") -> Party:
    party.lead_status, party.discard_reason = status, reason
    party.save(update_fields=["lead_status", "discard_reason", "updated_at"])
    rescore(party)
    told_as = {"reason": reason} if reason else {}
    record(by, verb, party, status=kept(LeadStatus(status).label), **told_as)
    return party


_locked = Prepared(lambda: Party.objects.select_for_update().filter(pk=Slot("pk")))


@transaction.atomic
def convert_lead(party: Party, *, by: Membership | None, on: date, **about: Any) -> Party:
    """Make a client of a lead, with everything it had: source, agent, contacts, history.

    A client stays as it is: twice is once. One that was merged converts the one kept. `about`
    goes to the history (`quote="P2026/0001"`).
    """
    party = _locked.get(pk=party.pk)
    if party.merged_into_id:
        party = _locked.get(pk=party.merged_into_id)
    if party.stage != Stage.LEAD:
        return party
    party.stage = Stage.CLIENT
    party.lead_status = LeadStatus.QUALIFIED
    party.discard_reason = ""
    party.converted_on = on
    party.client_since = party.client_since or on
    party.archived_at = None
    party.save()
    record(by, "parties.converted", party, **about)
    return party


def missing_to_invoice(party: Party) -> list[str]:
    """The fields a full invoice asks of its recipient and that are empty (RD 1619/2012 art. 6.1
    c, d and e)."""
    asked = ["name", "nif", "address", "city"]
    if party.country == "ES":
        asked.insert(3, "postcode")
    if party.kind == Kind.CONSUMER and party.country != "ES":
        asked.remove("nif")
    return [name for name in asked if not getattr(party, name)]
