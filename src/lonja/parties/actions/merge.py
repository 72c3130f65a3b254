"""Making one party of two, and undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.ahead import Question
from lonja.accounts.prepared import Prepared, Slot
from lonja.activity import record
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.languages import LANGUAGES
from lonja.kit.money import format_eur, format_percent, from_cents
from lonja.parties.actions.clients import follow
from lonja.parties.actions.score import rescore
from lonja.parties.countries import country_name
from lonja.parties.merging import Reference, family_of, references, refuse_split, staying
from lonja.parties.models import Contact, NotDuplicate, Party, PartyMerge, Stage
from lonja.tax.categories import category

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

# What may be chosen of one or the other, in the order of the screen.
CHOOSABLE = (
    *("name", "trade_name", "kind", "nif", "email", "phone", "website", "address", "postcode"),
    *("city", "province", "country", "agent", "lead_source", "payment_method"),
    *("payment_terms_days", "instalment_terms", "iban", "tariff", "risk_limit_cents", "surcharge"),
    *(
        "withholding_pct",
        "einvoice_consent_on",
        "tax_category",
        "language",
        "client_since",
        "notes",
    ),
)
# Filled from the other when the kept one says nothing, without asking.
_LISTS = ("invoice_emails", "quote_emails", "reminder_emails")
# Go along with another: a NIF means nothing without its kind of document and its country.
_TOGETHER = {"nif": ("id_type", "country")}


def merge_parties(
    kept: Party,
    other: Party,
    *,
    by: Membership | None,
    take: Iterable[str] = (),
) -> PartyMerge:
    """Make `kept` and `other` the same party: what points to `other` moves to `kept`.

    `take`: the fields of `CHOOSABLE` whose value comes from `other`; besides, what `kept` leaves
    empty is filled. Issued invoices, money and evidence stay as they are and are read together
    with those of `kept` (`parties.merging.family`). `other` is archived and points to `kept`. If
    one of them is a client, the result is one. Raises Refused: `merge_same`, `merge_done`,
    `merge_blocked`.
    """
    with transaction.atomic():
        rows = {
            row.pk: row
            for row in Party.objects.select_for_update()
            .filter(pk__in=sorted({kept.pk, other.pk}))
            .order_by("pk")
        }
        if len(rows) != 2:
            raise Refused("merge_same", _("Elige dos fichas distintas."))
        kept, other = rows[kept.pk], rows[other.pk]
        if kept.merged_into_id or other.merged_into_id:
            raise Refused("merge_done", _("Una de las dos ya se había unido a otra ficha."))
        for one in references():
            rule = staying(one.label)
            if rule is not None and rule.blocks:
                mine = one.model._default_manager.filter(**{f"{one.field}__in": [kept, other]})
                if mine.exists():
                    raise Refused("merge_blocked", rule.why)
        before = _choose(kept, other, set(take))
        kept.save()
        moved = {one.label: ids for one in references() if (ids := _move(one, other, kept))}
        _one_main_contact(kept)
        merge = PartyMerge.objects.create(
            kept=kept,
            other=other,
            moved=moved,
            before=before,
            after={name: _plain(kept, name) for name in before},
            other_agent=other.agent,
            by=by,
        )
        other.merged_into = kept
        other.archived_at = other.archived_at or timezone.now()
        other.agent = kept.agent  # so that whoever sees the kept one sees its old documents
        other.save()
        follow(kept)  # also those merged into either before
        rescore(kept)
        record(by, "parties.merged", kept, other=other.name, other_id=other.pk)
        record(by, "parties.merged_away", other, kept=kept.name, kept_id=kept.pk)
    return merge


def undo_merge(merge: PartyMerge, *, by: Membership | None) -> Party:
    """Give `other` back what moved from it and is still with `kept`, and `kept` the values it had
    if nobody has changed them since. What was done with `kept` afterwards stays with it.

    Raises Refused: `merge_undone`, `merge_chained`.
    """
    with transaction.atomic():
        merge = PartyMerge.objects.select_for_update().get(pk=merge.pk)
        if merge.undone_at is not None:
            raise Refused("merge_undone", _("Esa unión ya se había deshecho."))
        kept = Party.objects.select_for_update().get(pk=merge.kept_id)
        other = Party.objects.select_for_update().get(pk=merge.other_id)
        if kept.merged_into_id or other.merged_into_id != kept.pk:
            raise Refused(
                "merge_chained",
                _("Después se unió a otra ficha: deshaz primero esa unión."),
            )
        leave = [other.pk, *merge.moved.get("parties.Party.merged_into", [])]
        refuse_split([pk for pk in family_of(kept) if pk not in leave], leave)
        known = {one.label: one for one in references()}
        for label, ids in merge.moved.items():
            if label in known:
                _move(known[label], kept, other, only=ids)
        for name, value in merge.before.items():
            if _plain(kept, name) == merge.after.get(name):
                setattr(kept, kept._meta.get_field(name).attname, _stored(name, value))  # type: ignore[union-attr]
        kept.save()
        other.merged_into = None
        other.archived_at = None
        other.agent = merge.other_agent
        other.save()
        follow(kept)
        follow(other)
        _one_main_contact(other)
        _one_main_contact(kept)
        rescore(kept)
        rescore(other)
        merge.undone_at, merge.undone_by = timezone.now(), by
        merge.save(update_fields=["undone_at", "undone_by"])
        record(by, "parties.merge_undone", kept, other=other.name, other_id=other.pk)
        record(by, "parties.restored", other)
    return other


def _choose(kept: Party, other: Party, take: set[str]) -> dict[str, Any]:
    """Put on `kept` what is taken of `other` and what it lacks. Returns what changed, as it was."""
    names = set(CHOOSABLE) & take
    names |= {
        name
        for name in CHOOSABLE
        if _plain(kept, name) in ("", None) and _plain(other, name) not in ("", None)
    }
    if kept.stage == Stage.LEAD and other.stage == Stage.CLIENT:
        names |= {"stage", "client_since", "converted_on"}
        if not kept.lead_status:
            names.add("lead_status")
    if not kept.blocked_reason and other.blocked_reason:
        names.add("blocked_reason")
    for name in list(names):
        names |= set(_TOGETHER.get(name, ()))
    for name in _LISTS:
        if not getattr(kept, name) and getattr(other, name):
            names.add(name)
    before = {}
    for name in sorted(names):
        attname = kept._meta.get_field(name).attname  # type: ignore[union-attr]
        value = getattr(other, attname)
        if getattr(kept, attname) != value:
            before[name] = _plain(kept, name)
            setattr(kept, attname, value)
    if "notes" not in take and kept.notes and other.notes and other.notes not in kept.notes:
        before["notes"] = kept.notes
        kept.notes = f"{kept.notes}\n\n{other.notes}"
    return before


def _plain(party: Party, name: str) -> Any:
    """A value that JSON can keep."""
    value = getattr(party, party._meta.get_field(name).attname)  # type: ignore[union-attr]
    return value if value is None or isinstance(value, str | int | bool | list) else str(value)


def _stored(name: str, value: Any) -> Any:
    """The value of the column from the one kept in JSON."""
    return Party._meta.get_field(name).to_python(value)  # type: ignore[union-attr]


def _move(
    one: Reference, source: Party, target: Party, only: Iterable[int] | None = None
) -> list[int]:
    """Point the rows of `source` to `target`, those that may. Returns the ids of those moved.

    A row that would be twice on `target` (its own rule, a tag it has) stays where it is.
    """
    rule = staying(one.label)
    if rule is not None and rule.movable is None:
        return []
    # The base manager of the scope: also rows that a default manager would hide.
    rows = one.model._default_manager.filter(**{one.field: source})
    if rule is not None and rule.movable is not None:
        rows = rows.filter(rule.movable)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return []
    if not one.is_unique and not _keeps_search_text(one):
        for start in range(0, len(ids), 500):
            batch = ids[start : start + 500]
            one.model._default_manager.filter(pk__in=batch).update(**{one.field: target})
        return ids
    moved = []
    for row in one.model._default_manager.filter(pk__in=ids).order_by("pk"):
        setattr(row, one.field, target)
        try:
            with transaction.atomic():
                # `save` writes again the words the row is found by.
                words = ["search_text"] if _keeps_search_text(one) else []
                row.save(update_fields=[one.field, *words])
        except IntegrityError:
            continue
        moved.append(row.pk)
    return moved


def _keeps_search_text(one: Reference) -> bool:
    names = {field.name for field in one.model._meta.local_fields}
    return "search_text" in names and one.model is not Party


def _one_main_contact(party: Party) -> None:
    main = list(Contact.objects.filter(party=party, is_main=True).order_by("pk"))
    if len(main) > 1:
        Contact.objects.filter(pk__in=[one.pk for one in main[1:]]).update(is_main=False)
    elif not main:
        first = Contact.objects.filter(party=party).order_by("pk").first()
        if first is not None:
            first.is_main = True
            first.save(update_fields=["is_main"])


def undoable(party: Party) -> list[PartyMerge]:
    """The merges into a party that still stand, the last first."""
    return _standing.all(kept=party.pk)


def undoable_asked(party: Party) -> Question:
    """What `undoable` asks."""
    return _standing, {"kept": party.pk}


# Asked by every page of a client.
_standing = Prepared(
    lambda: (
        PartyMerge.objects.filter(kept_id=Slot("kept"), undone_at=None)
        .select_related("other", "by__user")
        .order_by("-pk")[:20]
    )
)


def values_of(kept: Party, other: Party) -> list[Mapping[str, Any]]:
    """The fields in which the two differ, to choose: {name, label, kept, other, lacks}."""
    found: list[Mapping[str, Any]] = []
    for name in CHOOSABLE:
        one, two = _shown(kept, name), _shown(other, name)
        if one == two:
            continue
        label = Party._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        found.append({"name": name, "label": label, "kept": one, "other": two, "lacks": not one})
    return found


def _shown(party: Party, name: str) -> str:
    display = getattr(party, f"get_{name}_display", None)
    value = display() if display is not None else getattr(party, name)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Sí") if value else _("No")
    if name == "phone":
        return party.phone_text
    if name == "risk_limit_cents":
        return format_eur(from_cents(value))
    if name == "country":
        return country_name(value)
    if name == "tax_category":
        return category(value).label
    if name == "language":
        return str(LANGUAGES.get(value, value))
    if isinstance(value, Decimal):
        return format_percent(value)
    if isinstance(value, date):
        return format_date(value)
    return str(value)


@transaction.atomic
def say_different(one: Party, other: Party, *, by: Membership | None) -> None:
    """Two that look alike are not the same: they are not offered again. Twice is once."""
    first, second = sorted((one.pk, other.pk))
    _row, created = NotDuplicate.objects.get_or_create(
        first_id=first, second_id=second, defaults={"by": by}
    )
    if created:
        record(by, "parties.not_duplicate", one, other=other.name)
