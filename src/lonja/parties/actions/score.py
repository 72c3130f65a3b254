"""Keeping the score of leads as what is known about them changes."""

from __future__ import annotations

from lonja.parties.models import Contact, Party, Stage
from lonja.parties.qualifying import Rules, missing_of, rules, score_of

BATCH = 500


def rescore(party: Party, known: Rules | None = None) -> None:
    """Work out the score of a lead again and keep it if it changed; a client's stays."""
    if party.stage != Stage.LEAD:
        return
    contacts = list(Contact.objects.filter(party=party))
    score, reasons = score_of(party, contacts, known or rules())
    if (score, reasons) != (party.score, party.score_reasons):
        party.score, party.score_reasons = score, reasons
        Party.objects.filter(pk=party.pk).update(score=score, score_reasons=reasons)


def rescore_all() -> int:
    """Every lead again, after the rules changed. How many scores changed."""
    known, last, changed = rules(), 0, 0
    while rows := list(Party.objects.filter(stage=Stage.LEAD, pk__gt=last).order_by("pk")[:BATCH]):
        contacts: dict[int, list[Contact]] = {}
        for contact in Contact.objects.filter(party__in=rows):
            contacts.setdefault(contact.party_id, []).append(contact)
        dirty = []
        for row in rows:
            found = score_of(row, contacts.get(row.pk, []), known)
            if found != (row.score, row.score_reasons):
                row.score, row.score_reasons = found
                dirty.append(row)
        Party.objects.bulk_update(dirty, ["score", "score_reasons"], batch_size=100)
        changed += len(dirty)
        last = rows[-1].pk
    return changed


def missing_to_qualify(party: Party) -> list[str]:
    """What the configuration asks of a lead of its kind and we do not know yet: «Correo», «NIF»."""
    contacts = list(Contact.objects.filter(party=party))
    return [str(fact.label) for fact in missing_of(party, contacts, rules())]
