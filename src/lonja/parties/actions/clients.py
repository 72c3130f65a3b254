"""What is done to a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.parties.actions.duplicates import refuse_duplicate
from lonja.parties.actions.score import rescore
from lonja.parties.models import Contact, Party, PartyTag, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lonja.accounts.models import Membership


@transaction.atomic
def create_client(
    party: Party,
    *,
    by: Membership | None,
    tags: Iterable[str] = (),
    contact: str = "",
    allow_duplicate: bool = False,
) -> Party:
    """Save a new client with its tags. Raises `DuplicateNif` unless `allow_duplicate`.

    A hierarchical member who names no agent becomes the agent: otherwise it could not see it.
    """
    if not allow_duplicate:
        refuse_duplicate(party.nif, by=by)
    if party.agent_id is None and by is not None and by.sees_only_own:
        party.agent = by
    party.save(force_insert=True)
    put_tags(party, tags)
    if contact := clean_line(contact)[:120]:
        Contact.objects.create(party=party, name=contact, is_main=True)
    rescore(party)
    record(by, "parties.created", party)
    return party


@transaction.atomic
def update_client(
    party: Party,
    changed: Iterable[str],
    *,
    by: Membership | None,
    tags: Iterable[str] | None = None,
    allow_duplicate: bool = False,
) -> Party:
    """Save the fields said to have changed. Raises `DuplicateNif` when the NIF is one of them, and
    Refused `merged` when it was merged meanwhile."""
    refuse_merged(party)
    fields = sorted(set(changed))
    if "nif" in fields and not allow_duplicate:
        refuse_duplicate(party.nif, by=by, but=party)
    if fields:
        party.save(update_fields=[*fields, "updated_at"])
        rescore(party)
        if "agent" in fields:
            follow(party)
    if tags is not None and put_tags(party, tags):
        fields.append("tags")
    if fields:
        record(by, "parties.updated", party, fields=fields)
    return party


def put_tags(party: Party, names: Iterable[str]) -> bool:
    """Leave exactly these tags on the client, making the new ones. Whether anything changed."""
    wanted = {clean_line(name)[:40] for name in names} - {""}
    have = set(party.party_tags.values_list("tag__name", flat=True))
    if wanted == have:
        return False
    PartyTag.objects.filter(party=party, tag__name__in=have - wanted).delete()
    for name in sorted(wanted - have):
        add_tag(party, name)
    return True


def add_tag(party: Party, name: str) -> None:
    """Put one tag on the client; twice is once."""
    tag, _created = Tag.objects.get_or_create(name=name)
    PartyTag.objects.get_or_create(party=party, tag=tag)


@transaction.atomic
def give_agent(party: Party, agent: Membership | None, *, by: Membership) -> None:
    """Put the client in somebody's hands (None: nobody's). Raises Refused."""
    refuse_foreign_agent(agent, by)
    refuse_merged(party)
    if party.agent_id == (agent.pk if agent else None):
        return
    party.agent = agent
    party.save(update_fields=["agent", "updated_at"])
    follow(party)
    record(by, "parties.agent_changed", party, agent=agent.name if agent else "")


def refuse_merged(party: Party) -> None:
    """Raise Refused `merged` when it counts for another: what was written there would be lost.

    The row is locked: of a merge and a change at once, the second is told of the first.
    """
    rows = Party.objects.select_for_update().filter(pk=party.pk)
    kept_id = rows.values_list("merged_into_id", flat=True).first()
    if kept_id is not None:
        raise Refused(
            "merged",
            _("Esta ficha se unió a «%(name)s» (n.º %(id)s): haz el cambio en esa.")
            % {"name": Party.objects.get(pk=kept_id).display_name, "id": kept_id},
        )


def follow(party: Party) -> None:
    """Those merged into it are whoever's it is: their old documents are seen by the same people."""
    Party.objects.filter(merged_into=party).update(agent=party.agent)


def refuse_foreign_agent(agent: Membership | None, by: Membership) -> None:
    """A hierarchical member only gives clients to its own team, never to nobody."""
    if by.sees_only_own and (agent is None or agent.pk not in by.subordinate_ids()):
        raise Refused(
            "agent_not_yours", _("Solo puedes asignarlo a alguien de tu equipo."), field="agent"
        )


@transaction.atomic
def archive(party: Party, *, by: Membership) -> None:
    """Take the client out of lists and searches; its documents stay. It can be undone."""
    if Party.objects.filter(pk=party.pk, archived_at=None).update(archived_at=timezone.now()):
        record(by, "parties.archived", party)


@transaction.atomic
def restore(party: Party, *, by: Membership) -> None:
    """Back to lists and searches; one that was merged into another stays where it is."""
    gone = Party.objects.filter(pk=party.pk, archived_at__isnull=False, merged_into=None)
    if gone.update(archived_at=None):
        record(by, "parties.restored", party)


@transaction.atomic
def block(party: Party, reason: str, *, by: Membership) -> None:
    """Mark the client as blocked; every page of it says why."""
    reason = clean_line(reason)[:200]
    if not reason:
        raise Refused("block_reason", _("Escribe el motivo del bloqueo."), field="reason")
    party.blocked_reason = reason
    party.save(update_fields=["blocked_reason", "updated_at"])
    record(by, "parties.blocked", party, reason=reason)


@transaction.atomic
def unblock(party: Party, *, by: Membership) -> None:
    if not party.blocked_reason:
        return
    party.blocked_reason = ""
    party.save(update_fields=["blocked_reason", "updated_at"])
    record(by, "parties.unblocked", party)


@transaction.atomic
def save_contact(contact: Contact, *, by: Membership) -> Contact:
    """Add or change a person; only one is the main one, and the first one is. Raises Refused."""
    refuse_merged(contact.party)
    is_new = contact.pk is None
    others = Contact.objects.filter(party=contact.party)
    if is_new and not others.exists():
        contact.is_main = True
    contact.save()
    if contact.is_main:
        others.exclude(pk=contact.pk).filter(is_main=True).update(is_main=False)
    verb = "parties.contact_added" if is_new else "parties.contact_changed"
    rescore(contact.party)
    record(by, verb, contact.party, name=contact.name)
    return contact


@transaction.atomic
def drop_contact(contact: Contact, *, by: Membership) -> None:
    party, name, was_main = contact.party, contact.name, contact.is_main
    contact.delete()
    if was_main:
        heir = Contact.objects.filter(party=party).order_by("pk").first()
        if heir is not None:
            heir.is_main = True
            heir.save(update_fields=["is_main"])
    rescore(party)
    record(by, "parties.contact_dropped", party, name=name)
