"""A list of leads from a fair, a form or another program: who is new, and who was here already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lonja.activity import record_many
from lonja.imports import CREATED, UNCHANGED, UPDATED, Field, Importer, Row
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email, check_postcode
from lonja.kit.text import clean_block, search_text
from lonja.parties import permissions
from lonja.parties.actions.client_fields import FIELDS as CLIENT_FIELDS
from lonja.parties.actions.duplicates import phone_key
from lonja.parties.actions.identify import identify
from lonja.parties.actions.import_clients import _agents
from lonja.parties.actions.leads import written_phone
from lonja.parties.actions.sources import Sources
from lonja.parties.models import Contact, Kind, LeadStatus, Party, Stage
from lonja.parties.names import name_key
from lonja.parties.qualifying import rules, score_of

# literals: headings of other programs' lists, recognised and never shown as ours

_COMMON = {one.name: one for one in CLIENT_FIELDS}


def _like_clients(name: str) -> Field:
    return _COMMON[name]


FIELDS = (
    Field(
        "name",
        gettext_lazy("Nombre"),
        (
            "Nombre y apellidos",
            "Contacto",
            "Persona de contacto",
            "Nombre completo",
            "Nom",
            "Name",
            "Full name",
            "Contact",
            "Potencial",
            "Lead",
        ),
        example=("Carmen Roselló", "Luis Ferrer"),
    ),
    Field(
        "company",
        gettext_lazy("Empresa"),
        ("Razón social", "Compañía", "Negocio", "Company", "Company name", "Empresa cliente"),
        example=("Hotel Mirador de la Bahía, S.L.", ""),
    ),
    *(_like_clients(name) for name in ("phone", "email", "nif", "source")),
    Field(
        "notes",
        gettext_lazy("Qué necesita"),
        ("Notas", "Observaciones", "Comentarios", "Mensaje", "Interés", "Notes", "Message"),
        example=("Aire para 40 habitaciones", ""),
    ),
    *(_like_clients(name) for name in ("address", "postcode", "city", "province", "website")),
    Field(
        "position",
        pgettext_lazy("puesto", "Cargo"),
        ("Puesto", "Position", "Job title"),
        example=("", ""),
    ),
    _like_clients("agent"),
)


class LeadImporter(Importer):
    """Each row is a new lead, unless somebody has its NIF, its e-mail or its phone: a lead of ours
    gets what it lacked, a client is left alone. An empty cell leaves what we had."""

    kind = "leads"
    label = gettext_lazy("Potenciales")
    icon = "target-arrow"
    permission = permissions.IMPORT
    order = 15
    fields = FIELDS
    result_url = "parties:lead_list"
    result_label = gettext_lazy("Ver los potenciales")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.agents = _agents()
        self.sources = Sources()
        self.rules = rules()
        self._empty()
        # Of the whole file: keys already seen, with their row.
        self.seen: dict[tuple[str, str], int] = {}

    def _empty(self) -> None:
        self.known: dict[tuple[str, str], Party] = {}
        self.new: list[tuple[Party, dict[str, Any]]] = []
        self.changed: dict[int, tuple[Party, set[str]]] = {}

    def remember(self, row: Row) -> None:
        for key in self._keys(self._values(row)):
            self.seen.setdefault(key, row.number)

    def prepare(self, rows: Sequence[Row]) -> None:
        nifs, emails, phones, names = set(), set(), set(), set()
        for row in rows:
            values = row.scratch["values"] = self._values(row)
            nifs.add(values.get("nif", ""))
            emails |= {values.get("email", ""), values.get("email", "").lower()}
            phones.add(values.get("phone", ""))
            if not values.get("phone") and not values.get("email"):
                names.add(name_key(values["name"]))
        either = (
            Q(nif__in=nifs - {""})
            | Q(email__in=emails - {""})
            | Q(phone__in=phones - {""})
            | Q(name_key__in=names - {""}, stage=Stage.LEAD)
        )
        # What says the data of one merged into another is of the other, unless somebody else has
        # them now.
        rows_ = Party.objects.select_related("lead_source").order_by("-pk")
        here = Q(archived_at=None) | Q(merged_into__isnull=False)
        found = {party.pk: party for party in rows_.filter(either).filter(here)}
        merged = [party for party in found.values() if party.merged_into_id]
        lacking = {party.merged_into_id for party in merged} - found.keys()
        kept = dict(found)
        kept |= {party.pk: party for party in rows_.filter(pk__in=lacking)} if lacking else {}
        for party in merged:
            root = kept[party.root_id]
            if root.archived_at is None:
                self.known.update(dict.fromkeys(self._keys_of(party), root))
        for party in found.values():
            if not party.merged_into_id:
                self.known.update(dict.fromkeys(self._keys_of(party), party))

    def row(self, row: Row) -> str:
        values = row.scratch["values"]
        if not values["name"]:
            row.error("name", "name_missing", _("Falta el nombre o la empresa."))
        if row.is_refused:
            return UNCHANGED
        keys = self._keys(values)
        party = next((self.known[key] for key in keys if key in self.known), None)
        before = next((self.seen[key] for key in keys if key in self.seen), None)
        for key in keys:
            self.seen.setdefault(key, row.number)
        if before is not None:
            row.warn(
                "name",
                "duplicate_in_file",
                _("Ya estaba en la fila %(row)s: se han completado sus datos con esta.")
                % {"row": before},
            )
        if party is None:
            return self._create(row, values, keys, repeated=before is not None)
        return self._complete(row, party, values)

    def _create(
        self, row: Row, values: dict[str, Any], keys: list[tuple[str, str]], *, repeated: bool
    ) -> str:
        person = values.pop("person", "")
        position = values.pop("position", "")
        party = Party(stage=Stage.LEAD, lead_status=LeadStatus.NEW, **values)
        if party.agent_id is None and self.by is not None and self.by.sees_only_own:
            party.agent = self.by
        self.new.append((party, {"name": person, "position": position}))
        for key in keys:
            self.known[key] = party
        # Only when checking: the first one is in a batch before, and was not written.
        return UPDATED if repeated else CREATED

    def _complete(self, row: Row, party: Party, values: dict[str, Any]) -> str:
        mine = self.by is None or not self.by.sees_only_own
        if not mine and party.agent_id not in self.by.subordinate_ids():  # type: ignore[union-attr]
            row.error("name", "not_yours", _("Ya lo lleva otra persona."))
            return UNCHANGED
        if party.stage == Stage.CLIENT:
            row.warn("name", "already_client", _("Ya es cliente: su ficha se queda como está."))
            return UNCHANGED
        changed = set()
        for name, value in values.items():
            if name in ("person", "position", "kind", "country", "id_type"):
                continue
            if getattr(party, name) in ("", None) and value not in ("", None):
                setattr(party, name, value)
                changed.add(name)
        if "nif" in changed:
            party.id_type = values.get("id_type", party.id_type)
            changed.add("id_type")
        if not changed:
            return UNCHANGED
        if party.pk is not None:
            self.changed.setdefault(party.pk, (party, set()))[1].update(changed)
        return UPDATED

    def forget(self) -> None:
        self._empty()

    def flush(self) -> None:
        self.sources.save()
        for party in [
            *(one for one, _who in self.new),
            *(one for one, _f in self.changed.values()),
        ]:
            party.lead_source = party.lead_source  # a new one has its id now
        for party, person in self.new:
            party.fill_search_text()
            people = [Contact(**person)] if person["name"] else []
            party.score, party.score_reasons = score_of(party, people, self.rules)
        Party.objects.bulk_create([party for party, _person in self.new])
        Contact.objects.bulk_create(
            [
                Contact(party=party, email=party.email, phone=party.phone, is_main=True, **person)
                for party, person in self.new
                if person["name"]
            ]
        )
        record_many(
            self.by,
            "parties.created",
            [(party, {"import": self.run_id}) for party, _person in self.new],
        )
        self._write_changed()
        self._empty()

    def _write_changed(self) -> None:
        if not self.changed:
            return
        people: dict[int, list[Contact]] = {}
        for contact in Contact.objects.filter(party_id__in=list(self.changed)):
            people.setdefault(contact.party_id, []).append(contact)
        fields = {"search_text", "name_key", "updated_at", "score", "score_reasons"}
        for pk, (party, changed) in self.changed.items():
            party.fill_search_text()
            party.updated_at = timezone.now()
            party.score, party.score_reasons = score_of(party, people.get(pk, []), self.rules)
            fields |= changed
        rows = [party for party, _changed in self.changed.values()]
        Party.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=sorted(fields)
        )
        told = [
            (party, {"fields": sorted(changed), "import": self.run_id})
            for party, changed in self.changed.values()
        ]
        record_many(self.by, "parties.updated", told)

    # What each cell means -------------------------------------------------------------------
    def _values(self, row: Row) -> dict[str, Any]:
        person, firm = row.line("name", 120), row.line("company", 120)
        values: dict[str, Any] = {"name": firm or person}
        if firm and person:
            values["person"] = person
            values["position"] = row.line("position", 80)
        values["kind"] = Kind.COMPANY if firm else Kind.CONSUMER
        for name, longest in (("address", 200), ("city", 80), ("province", 80), ("website", 120)):
            if text := row.line(name, longest):
                values[name] = text
        if row.brings("email"):
            email = row.read("email", lambda text: check_email(text.split(",")[0].split(";")[0]))
            values["email"] = email or ""
        if text := row.line("phone", 30):
            values["phone"] = written_phone(text)
        if row.brings("nif"):
            found = row.read("nif", identify)
            if found is not None:
                values |= {"nif": found.value, "id_type": found.id_type, "kind": found.kind}
                values["country"] = found.country
        self._place(row, values)
        if text := row.line("source", 80):
            values["lead_source"] = self.sources.named(text)
        if notes := clean_block(row.text("notes")):
            values["notes"] = notes
        self._agent(row, values)
        if not values.get("email") and not values.get("phone"):
            row.warn("name", "unreachable", _("Sin teléfono ni correo: no se podrá contactar."))
        return values

    def _place(self, row: Row, values: dict[str, Any]) -> None:
        text = row.line("postcode", 10)
        if not text:
            return
        try:
            found = check_postcode(text)
        except Refused as refused:
            row.warn("postcode", "postcode_invalid", refused.message)
            values["postcode"] = text
            return
        values["postcode"] = found.value
        values.setdefault("province", found.province)

    def _agent(self, row: Row, values: dict[str, Any]) -> None:
        text = row.text("agent")
        if not text:
            return
        found = self.agents.get(text.strip().casefold()) or self.agents.get(search_text(text))
        own = self.by is not None and self.by.sees_only_own
        if found is None or not found.is_active:
            row.error("agent", "agent_unknown", _("Nadie activo de tu organización es ese."))
        elif own and found.pk not in self.by.subordinate_ids():  # type: ignore[union-attr]
            row.error("agent", "agent_not_yours", _("Esa persona no es de tu equipo."))
        else:
            values["agent"] = found

    def _keys(self, values: dict[str, Any]) -> list[tuple[str, str]]:
        """What says that two rows are the same lead, the surest first."""
        found = []
        if values.get("nif"):
            found.append(("nif", values["nif"]))
        if values.get("email"):
            found.append(("email", values["email"].lower()))
        if phone_key(values.get("phone", "")):
            found.append(("phone", phone_key(values["phone"])))
        if not values.get("email") and not values.get("phone") and values["name"]:
            found.append(("name", name_key(values["name"])))
        return found

    def _keys_of(self, party: Party) -> list[tuple[str, str]]:
        found = [("nif", party.nif), ("email", party.email.lower()), ("phone", party.phone)]
        if party.stage == Stage.LEAD and not party.email and not party.phone:
            found.append(("name", party.name_key))
        return [key for key in found if key[1]]
