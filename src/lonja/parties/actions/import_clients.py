"""A list of clients from another program: what each column means and what to do with each row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.models import Membership
from lonja.activity import record_many
from lonja.imports import CREATED, UNCHANGED, UPDATED, Importer, Row
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email, check_iban, check_phone, check_postcode, normalise
from lonja.kit.money import parse_amount, to_cents
from lonja.kit.text import clean_block, search_text
from lonja.parties import permissions
from lonja.parties.actions.client_fields import FIELDS, METHODS
from lonja.parties.actions.clients import follow
from lonja.parties.actions.identify import Identity, identify
from lonja.parties.actions.sources import Sources
from lonja.parties.countries import country_code
from lonja.parties.models import Contact, Kind, Party, PartyTag, Stage, Tag

# literals: what people write in the cells of their lists, never shown

_YES = {"si", "s", "x", "1", "true", "verdadero", "yes", "y"}
_DAYS = re.compile(r"\s*(\d{1,3})\s*(?:d|d[ií]as?|days?)?\s*", re.IGNORECASE)
# Never written by an update of an existing client.
_BASE_UPDATE = ("search_text", "name_key", "updated_at")

Key = tuple[str, ...]


class ClientImporter(Importer):
    """Clients are the same one when they have the same NIF; without it, the same name and
    e-mail. An empty cell leaves what we had."""

    kind = "clients"
    label = gettext_lazy("Clientes")
    icon = "users"
    permission = permissions.IMPORT
    order = 10
    fields = FIELDS
    result_url = "parties:client_list"
    result_label = gettext_lazy("Ver los clientes")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seen: dict[Key, int] = {}
        self.agents = _agents()
        self.sources = Sources()
        self._empty()

    def _empty(self) -> None:
        self.known: dict[Key, Party] = {}
        self.new: list[Party] = []
        self.changed: dict[int, tuple[Party, set[str]]] = {}
        self.tags: list[tuple[Party, list[str]]] = []
        self.contacts: list[tuple[Party, str]] = []
        self.accepted: list[Key] = []

    def remember(self, row: Row) -> None:
        self.seen.setdefault(_key(row, _identity(row)), row.number)

    def prepare(self, rows: Sequence[Row]) -> None:
        nifs, names = set(), set()
        for row in rows:
            identity = row.scratch["identity"] = _identity(row)
            if identity is not None:
                nifs.add(identity.value)
            elif not row.brings("nif"):
                names.add(row.line("name", 120))
                row.issues.clear()
        # Ordered so that the oldest of two with one NIF is the one that stays in the dictionary.
        either = Q(nif__in=nifs) | Q(nif="", name__in=names, stage__in=[Stage.CLIENT, Stage.LEAD])
        rows_ = Party.objects.select_related("lead_source").order_by("-pk")
        found = {party.pk: party for party in rows_.filter(either)}
        merged = [party for party in found.values() if party.merged_into_id]
        roots = {party.merged_into_id for party in merged} - found.keys()
        found |= {party.pk: party for party in rows_.filter(pk__in=roots)} if roots else {}
        # What says the data of one merged into another is of the other, unless somebody else has
        # them now.
        for party in merged:
            self.known[_party_key(party)] = found[party.root_id]
        for party in found.values():
            if not party.merged_into_id and party.pk not in roots:
                self.known[_party_key(party)] = party

    def row(self, row: Row) -> str:
        values = self._values(row)
        if row.is_refused:
            return UNCHANGED
        key = _key(row, row.scratch["identity"])
        party = self.known.get(key)
        if party is not None and not self._is_mine(party):
            row.error("nif", "not_yours", _("Ese cliente lo lleva otra persona."))
            return UNCHANGED
        repeated = key in self.seen
        if repeated:
            row.warn(
                "nif" if row.brings("nif") else "name",
                "duplicate_in_file",
                _("Ya estaba en la fila %(row)s: sus datos quedan como en esta.")
                % {"row": self.seen[key]},
            )
        self.seen.setdefault(key, row.number)
        if party is None:
            return self._create(row, key, values, repeated)
        return self._update(row, party, values)

    def _create(self, row: Row, key: Key, values: dict[str, Any], repeated: bool) -> str:
        party = Party(**values)
        if "kind" not in values:
            party.kind = row.scratch["identity"].kind if row.scratch["identity"] else Kind.COMPANY
        if party.agent_id is None and self.by is not None and self.by.sees_only_own:
            party.agent = self.by
        self.known[key] = party
        self.new.append(party)
        self._hangers_on(row, party)
        # Only when checking: the first one is in a batch before, and was not written.
        return UPDATED if repeated else CREATED

    def _update(self, row: Row, party: Party, values: dict[str, Any]) -> str:
        if party.archived_at is not None:
            row.warn("name", "client_archived", _("Ese cliente está archivado."))
        if party.nif and values.get("nif", party.nif) != party.nif:
            # The row is of one merged into it: the NIF kept then was chosen.
            for name in ("nif", "id_type", "country"):
                values.pop(name, None)
        changed = {name for name, value in values.items() if getattr(party, name) != value}
        if party.stage == Stage.LEAD:
            values |= {"stage": Stage.CLIENT, "converted_on": self.today}
            changed |= {"stage", "converted_on"}
        for name in changed:
            setattr(party, name, values[name])
        self._hangers_on(row, party)
        if not changed:
            return UNCHANGED
        if party.pk is not None:
            self.changed.setdefault(party.pk, (party, set()))[1].update(changed)
        return UPDATED

    def _hangers_on(self, row: Row, party: Party) -> None:
        tags = [tag for tag in re.split(r"[;,|]", row.text("tags")) if tag.strip()]
        if tags:
            self.tags.append((party, [" ".join(tag.split())[:40] for tag in tags]))
        if contact := row.line("contact", 120):
            self.contacts.append((party, contact))

    def _is_mine(self, party: Party) -> bool:
        if self.by is None or not self.by.sees_only_own:
            return True
        return party.agent_id in self.by.subordinate_ids()

    def forget(self) -> None:
        self._empty()

    def flush(self) -> None:
        self.sources.save()
        for party in self.new:
            party.fill_search_text()
        Party.objects.bulk_create(self.new)
        record_many(
            self.by, "parties.created", [(party, {"import": self.run_id}) for party in self.new]
        )
        if self.changed:
            fields: set[str] = set(_BASE_UPDATE)
            for party, changed in self.changed.values():
                party.fill_search_text()
                party.updated_at = timezone.now()
                fields |= changed
            # An upsert by id: one statement, where bulk_update writes a CASE for every cell.
            Party.objects.bulk_create(
                [party for party, _changed in self.changed.values()],
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=sorted(fields),
            )
            given = [party.pk for party, changed in self.changed.values() if "agent" in changed]
            for party in Party.objects.filter(pk__in=given, merged__isnull=False).distinct():
                follow(party)
            record_many(
                self.by,
                "parties.updated",
                [
                    (party, {"fields": sorted(changed), "import": self.run_id})
                    for party, changed in self.changed.values()
                ],
            )
        self._write_tags()
        self._write_contacts()
        self._empty()

    def _write_tags(self) -> None:
        names = {name for _party, tags in self.tags for name in tags}
        if not names:
            return
        Tag.objects.bulk_create([Tag(name=name) for name in sorted(names)], ignore_conflicts=True)
        tags = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
        pairs = {(party.pk, name) for party, given in self.tags for name in given}
        PartyTag.objects.bulk_create(
            [PartyTag(party_id=pk, tag=tags[name]) for pk, name in sorted(pairs)],
            ignore_conflicts=True,
        )

    def _write_contacts(self) -> None:
        parties = {party.pk for party, _name in self.contacts}
        if not parties:
            return
        have: dict[int, set[str]] = {pk: set() for pk in parties}
        for pk, name in Contact.objects.filter(party_id__in=parties).values_list(
            "party_id", "name"
        ):
            have[pk].add(search_text(name))
        new = []
        for party, name in self.contacts:
            if search_text(name) not in have[party.pk]:
                new.append(Contact(party=party, name=name, is_main=not have[party.pk]))
                have[party.pk].add(search_text(name))
        Contact.objects.bulk_create(new)

    # What each cell means -------------------------------------------------------------------

    def _values(self, row: Row) -> dict[str, Any]:
        """Attributes that the row brings; errors and notices stay on the row."""
        values: dict[str, Any] = {}
        name = row.line("name", 120)
        if not name:
            row.error("name", "name_missing", _("Falta el nombre o la razón social."))
        values["name"] = name
        country = self._country(row)
        if country:
            values["country"] = country
        self._identification(row, values)
        for attribute, longest in (
            ("trade_name", 120),
            ("address", 200),
            ("city", 80),
            ("province", 80),
            ("tariff", 60),
            ("website", 120),
        ):
            if text := row.line(attribute, longest):
                values[attribute] = text
        self._email(row, values)
        self._phone(row, values)
        self._postcode(row, values)
        self._agent(row, values)
        if text := row.line("source", 80):
            values["lead_source"] = self.sources.named(text)
        self._terms(row, values)
        since = row.read("client_since", lambda text: parse_date(text, self.today))
        if since is not None:
            values["client_since"] = since
        limit = row.read("risk_limit", parse_amount)
        if limit is not None:
            if limit < 0:
                row.error("risk_limit", "amount_invalid", _("El límite no puede ser negativo."))
            values["risk_limit_cents"] = to_cents(limit)
        if notes := clean_block(row.text("notes")):
            values["notes"] = notes
        return values

    def _country(self, row: Row) -> str:
        text = row.text("country")
        if not text:
            return ""
        code = country_code(text)
        if code is None:
            row.error(
                "country",
                "country_unknown",
                _("No conozco ese país. Escribe su nombre en español o su código."),
            )
            return ""
        return code

    def _identification(self, row: Row, values: dict[str, Any]) -> None:
        if not row.brings("nif"):
            if row.has_column("nif"):
                row.warn(
                    "nif",
                    "nif_missing",
                    _("Sin NIF: se importa, pero no se le podrá hacer factura completa."),
                )
            return
        identity = row.scratch["identity"] or row.read(
            "nif", lambda text: identify(text, values.get("country", ""))
        )
        if identity is not None:
            values["nif"], values["id_type"] = identity.value, identity.id_type
            if identity.country != "ES":
                values.setdefault("country", identity.country)

    def _email(self, row: Row, values: dict[str, Any]) -> None:
        parts = [part for part in re.split(r"[;,]", row.text("email")) if part.strip()]
        if not parts:
            return
        try:
            found = [check_email(part) for part in parts]
        except Refused as refused:
            row.error("email", refused.code, refused.message)
            return
        values["email"] = found[0]
        if len(found) > 1:
            values["invoice_emails"] = found

    def _phone(self, row: Row, values: dict[str, Any]) -> None:
        text = row.line("phone", 30)
        if not text:
            return
        try:
            values["phone"] = check_phone(text)
        except Refused:
            values["phone"] = text  # two numbers, an extension: kept as written

    def _postcode(self, row: Row, values: dict[str, Any]) -> None:
        text = row.line("postcode", 10)
        if not text:
            return
        values["postcode"] = text
        if values.get("country", "ES") != "ES":
            return
        try:
            found = check_postcode(text)
        except Refused as refused:
            row.warn("postcode", "postcode_invalid", refused.message)
            return
        values["postcode"] = found.value
        if found.zero_restored:
            row.warn(
                "postcode",
                "postcode_zero_restored",
                _("Le faltaba el cero inicial: queda %(value)s.") % {"value": found.value},
            )
        if not row.has_column("province"):
            values["province"] = found.province

    def _agent(self, row: Row, values: dict[str, Any]) -> None:
        text = row.text("agent")
        if not text:
            return
        found = self.agents.get(text.strip().casefold()) or self.agents.get(search_text(text))
        if found is None:
            row.error(
                "agent",
                "agent_unknown",
                _(
                    "Nadie de tu organización usa ese correo. Invítale, deja la celda vacía o no "
                    "importes esa columna."
                ),
            )
        elif not found.is_active:
            row.error("agent", "agent_inactive", _("Esa persona está desactivada."))
        elif (
            self.by is not None
            and self.by.sees_only_own
            and found.pk not in self.by.subordinate_ids()
        ):
            row.error("agent", "agent_not_yours", _("Esa persona no es de tu equipo."))
        else:
            values["agent"] = found

    def _terms(self, row: Row, values: dict[str, Any]) -> None:
        method = search_text(row.text("payment_method"))
        if method:
            found = next((value for hint, value in METHODS if hint in method), None)
            if found is None:
                row.warn(
                    "payment_method",
                    "payment_method_unknown",
                    _("No conozco esa forma de pago: se deja como estaba."),
                )
            else:
                values["payment_method"] = found
        days = row.text("payment_terms")
        if days:
            match = _DAYS.fullmatch(days)
            if match is None:
                row.error("payment_terms", "days_invalid", _("Escribe el número de días: 30."))
            else:
                values["payment_terms_days"] = int(match.group(1))
        if iban := row.read("iban", check_iban):
            values["iban"] = iban
        if row.brings("surcharge"):
            values["surcharge"] = search_text(row.text("surcharge")) in _YES


def _agents() -> dict[str, Membership]:
    """By e-mail, and by full name when only one has it."""
    found: dict[str, Membership] = {}
    names: dict[str, list[Membership]] = {}
    for member in Membership.objects.select_related("user"):
        found[member.user.email.casefold()] = member
        if member.user.full_name:
            names.setdefault(search_text(member.user.full_name), []).append(member)
    return {**{n: ms[0] for n, ms in names.items() if len(ms) == 1}, **found}


def _identity(row: Row) -> Identity | None:
    try:
        country = country_code(row.text("country")) if row.brings("country") else ""
        return identify(row.text("nif"), country or "") if row.brings("nif") else None
    except Refused:
        return None


def _key(row: Row, identity: Identity | None) -> Key:
    if identity is not None:
        return ("nif", identity.value)
    if row.brings("nif"):
        return ("nif", normalise(row.text("nif")))
    return ("name", search_text(row.text("name")), row.text("email").strip().lower())


def _party_key(party: Party) -> Key:
    if party.nif:
        return ("nif", party.nif)
    return ("name", search_text(party.name), party.email.lower())
