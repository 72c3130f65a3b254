"""An outsider at every door (reliability §3, lock 6; F17).

The walkers take each URL from the resolvers. A new URL whose arguments are not in
`factories.ARGUMENTS` fails here, by name, until somebody says which row each of them means.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.template.loader import render_to_string

from lonja.accounts.locks import scoped_models
from lonja.accounts.models import Company, CompanyGrant, Membership, Role
from lonja.accounts.permissions import roles_with
from lonja.accounts.scope import all_organisations, scope
from lonja.files.models import StoredFile
from lonja.parties.models import Party, Tag
from lonja.sales.models import (
    PublicLink,
    QuoteQuestion,
    QuoteVersion,
    QuoteVisit,
    Signature,
    SignedDocument,
    SigningCode,
)
from lonja.tasks.models import Reason, State
from lonja.ui.tables.table import _tables as tables
from tests.architecture.factories import ARGUMENTS, REFERENCES, TOKENS, House, of_a_company
from tests.architecture.walk import (
    CHANGED,
    GLOBAL,
    METHODS,
    ORGANISATION,
    Answer,
    Page,
    Visitor,
    fingerprint,
    login,
    pages,
)
from tests.cast import make_member

INSIDE, OUTSIDE = pages(ORGANISATION), pages(GLOBAL)
SHUT = {403, 404, 405}
FRAGMENT = {"HX-Request": "true"}  # the answer alone, without the frame of the page around it
THEIRS, OTHER_COMPANY = "CANARIOB7Q4", "CANARIOC9K2"
# Here the authority is the secret in the address and no cookie counts: no CSRF token.
BY_LINK = {key.partition(".")[0] for key in TOKENS if key.startswith("portal:")}
BY_LINK.add("portal:recover")  # the address names the house, and no session counts
BY_LINK.add("portal:check")  # nobody's: it changes nothing
# Here it is a key in a header, and no cookie counts (its routes are walked in test_api.py).
BY_KEY = {"api_door:door"}
# Their pages read contents that only the real actions write.
MADE_BY_ACTIONS = {
    PublicLink,
    QuoteQuestion,
    QuoteVersion,
    QuoteVisit,
    Signature,
    SignedDocument,
    SigningCode,
}
pytestmark = pytest.mark.no_scope

# Views of an organisation that any of its members may open, whatever the role, and why.
ANY_MEMBER = {
    "ui:gallery": "samples of the design, no data",
    "ui:gallery_page": "samples of the design, no data",
    "ui:theme": "one's own preference",
    "ui:density": "one's own preference",
    "ui:columns": "one's own preference; asks the permission of the list",
    "ui:save_view": "one's own preference; asks the permission of the list",
    "ui:drop_view": "one's own views",
    "ui:export": "one's own exports; asks the permission of the list",
    "ui:export_file": "one's own exports; asks the permission of the list",
    "office:home": "each card asks its own permission",
    "office:home_arrange": "one's own preference",
    "office:help": "no data",
    "office:notices": "one's own notices",
    "office:notices_count": "one's own notices",
    "office:notices_last": "one's own notices",
    "office:notices_read": "one's own notices",
    "office:notice": "one's own notices",
    "office:search": "each group of results asks its own permission",
    "office:choose_company": "only among the companies granted",
    "office:settings": "an index: each section asks its own permission",
    "office:logo": "the logo is on every page",
    "office:profile": "one's own account",
    "jobs:job": "one's own jobs",
}


@pytest.fixture
def theirs(other_house, nuria, settings, tmp_path) -> House:
    """Nuria's house, with its mark in every text of every table."""
    settings.FILES_ROOT = tmp_path
    nuria.user.full_name = f"{THEIRS} Nuria"
    nuria.user.save()
    return House(other_house, other_house.company, nuria, THEIRS).grow()


@pytest.fixture
def ours(lonja, lucia, settings, tmp_path) -> House:
    """Lucía's house, with a row of everything and no canary."""
    settings.FILES_ROOT = tmp_path
    house = House(lonja, lonja.company, lucia, "Propio", foreign=False)
    return house.grow(model for model in scoped_models() if model not in MADE_BY_ACTIONS)


@pytest.fixture(autouse=True)
def refusals_are_drawn_once(monkeypatch) -> Iterator[None]:
    """Thousands of visits end in the same page: it is drawn for each visitor and for each thing it
    says (what is missing, who can give it), and `leaks` reads it every time."""
    drawn: dict[Any, str] = {}

    def draw(template: str, context: dict[str, Any], request: Any = None) -> str:
        if request is None:  # the page of a crash, which is a fault
            return render_to_string(template, context)
        visitor = getattr(request.user, "pk", None), getattr(request, "member", None)
        said = template, repr(sorted(context.items())), visitor
        if said not in drawn:
            drawn[said] = render_to_string(template, context, request)
        return drawn[said]

    monkeypatch.setattr("lonja.ui.errors.render_to_string", draw)
    logging.disable(logging.WARNING)  # each refusal is also a line of the log
    yield
    logging.disable(logging.NOTSET)


# --- the table of arguments ---------------------------------------------------------------------
def test_every_argument_of_every_url_is_registered():
    missing = [key for page in INSIDE + OUTSIDE for key in page.keys if key not in ARGUMENTS]
    assert missing == [], "Say in tests/architecture/factories.py which row they name"


def test_the_table_of_arguments_names_only_what_exists():
    known = {key for page in INSIDE + OUTSIDE for key in page.keys}
    assert set(ARGUMENTS) - known == set()


def test_their_rows_carry_the_canary(theirs):
    bare = {
        model.__name__
        for model, row in theirs.rows.items()
        if any(f.get_internal_type() == "TextField" for f in model._meta.concrete_fields)
        and THEIRS.lower() not in repr(vars(row)).lower()
    }
    assert bare == set()


def listed(faults: list[str]) -> str:
    return "\n" + "\n".join(faults)


# --- outsiders ----------------------------------------------------------------------------------
def with_ids_of(theirs: House, visitor: Visitor, slug: str, walked: list[Page]) -> list[str]:
    """Ask for every page of the house `slug` with the ids of the other; what leaked."""
    faults = []
    for page in walked:
        for method in METHODS if page.arguments else METHODS[1:]:  # `own_pages` reads the others
            headers = FRAGMENT if page.model_of or method != "GET" else None
            path = f"/{slug}{page.path(theirs)}"
            answer = visitor.visit(method, path, {"x": "1"}, headers=headers)
            faults += leaks(answer, theirs.mark)
            if page.model_of and answer.status not in SHUT:
                faults.append(f"{page.name}: {answer} con una fila de otra casa")
    return faults


def leaks(answer: Answer, mark: str) -> list[str]:
    """A crash, or the mark of somebody else anywhere in an answer."""
    if answer.status >= 500:
        return [f"{answer}: {answer.said[:300]}"]
    if mark.lower() in answer.said.lower() or CHANGED in answer.said:
        said = answer.said
        place = said.find(CHANGED) if CHANGED in said else said.lower().find(mark.lower())
        return [f"{answer} dice: {said[max(0, place - 80) : place + 60]!r}"]
    return []


def test_the_ids_of_another_house_open_nothing(lucia, theirs):
    visitor = Visitor(login(lucia), theirs)
    assert with_ids_of(theirs, visitor, lucia.organisation.slug, INSIDE) == []


def test_the_path_of_another_house_is_not_found(lucia, theirs):
    visitor = Visitor(login(lucia), theirs)
    answers = [
        visitor.visit(method, f"/{theirs.slug}{page.path(theirs)}")
        for page in INSIDE
        for method in METHODS
    ]
    assert [str(a) for a in answers if a.status != 404 or leaks(a, THEIRS)] == []


def test_nobody_gets_in_without_logging_in(client, theirs):
    visitor = Visitor(client, theirs)
    answers = [
        visitor.visit(method, f"/{theirs.slug}{page.path(theirs)}")
        for page in INSIDE
        for method in METHODS
    ]
    assert [str(a) for a in answers if a.status != 302 or leaks(a, THEIRS)] == []
    assert {a.said.split("Location: ")[1].split("?")[0] for a in answers} == {"/cuenta/entrar/"}


@pytest.mark.parametrize("who", ["stranger", "lucia"])
def test_the_pages_without_organisation_tell_nothing(who, client, lucia, theirs):
    visitor = Visitor(login(lucia) if who == "lucia" else client, theirs)
    faults = []
    for page in OUTSIDE:
        for method in METHODS:
            cache.clear()
            answer = visitor.visit(method, page.path(theirs))
            faults += leaks(answer, THEIRS)
            if any(key in TOKENS for key in page.keys) and answer.status not in {*SHUT, 410}:
                faults.append(f"{page.name}: {answer} con un enlace que no existe")
    assert not faults, listed(faults)


# --- forms, filters and bulk actions that carry the ids of others -------------------------------
def means(name: str | None) -> Any:
    """The model whose id a field of that name carries, if it carries one."""
    return REFERENCES.get(re.split(r"[-.]", name or "")[-1])


class Forms(HTMLParser):
    """The forms of a page: where they go, and the fields they send, filled as a person would."""

    def __init__(self, html: str, here: str) -> None:
        super().__init__()
        self.here, self.found, self.current, self.select = here, {}, None, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "form":
            target = given.get("hx-post") or given.get("action") or self.here
            posts = "hx-post" in given or (given.get("method") or "").lower() == "post"
            self.current = self.found.setdefault(target, {}) if posts else None
        elif self.current is None:
            return
        elif tag == "option" and self.select and given.get("value"):
            if "selected" in given or not self.current[self.select]:
                self.current[self.select] = given["value"]
        elif (
            given.get("type") == "checkbox" and "checked" not in given and not means(given["name"])
        ):
            return  # a browser does not send it
        elif given.get("name") and tag in ("input", "select", "textarea"):
            self.select = given["name"] if tag == "select" else ""
            typed = given.get("value") or ("" if tag == "select" else likely(given["name"]))
            self.current.setdefault(given["name"], typed)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None


LIKELY = {
    r"until$": "21/11/2028",
    r"nif$": "B12345674",
    r"(on|since|anchor|until|date)$": "21/11/2026",
    r"time$": "08:00",
    r"emails?$|^to$": "ana@house.example",
    r"name|concept|title": "Propio",
}


def likely(name: str) -> str:
    """Something that a field of that name takes, so that a form gets to its references."""
    return next((value for shape, value in LIKELY.items() if re.search(shape, name)), "1")


def foreign(theirs: House, fields: dict[str, str]) -> list[dict[str, Any]]:
    """The same fields, each time with one reference changed for the row of the other house."""
    changed = []
    for name in fields:
        model = means(name)
        if model is not None and "__prefix__" not in name:
            changed.append({**fields, name: theirs.pk(model)})
    return changed


def wrote(answer: Answer) -> list[str]:
    """What reading a page changed in the database: mails, exports and jobs are rows too."""
    return [f"{answer}: {sql}" for sql in answer.writes]


def own_pages(visitor: Visitor, ours: House) -> list[Answer]:
    return [visitor.visit("GET", f"/{ours.slug}{page.path(ours)}") for page in INSIDE]


def test_pages_write_nothing_and_their_forms_take_no_row_of_another_house(lucia, ours, theirs):
    visitor = Visitor(login(lucia), theirs)
    faults, tried = [], 0
    for answer in own_pages(visitor, ours):
        faults += leaks(answer, THEIRS) + wrote(answer)
        for target, fields in Forms(answer.said, answer.path).found.items():
            for sent in foreign(theirs, fields) if target.startswith(f"/{ours.slug}/") else ():
                tried += 1
                faults += leaks(visitor.visit("POST", target, sent), THEIRS)
    assert tried > 10
    assert not faults, listed(faults)


def test_filters_and_search_do_not_reach_another_house(lucia, ours, theirs):
    """Nor do they, or asking for a file, write anything."""
    visitor = Visitor(login(lucia), theirs)
    names = {name for t in tables.values() for f in t.filters for name in f.parameters}
    query = QueryDict(mutable=True)
    for name in sorted(names | set(REFERENCES) - {"tab"}):
        query[name] = str(theirs.pk(REFERENCES.get(name, Party)))
    faults = []
    for page in INSIDE:
        path = f"/{ours.slug}{page.path(ours)}"
        searched, exported = lookups(page)[:1], lookups(page)[1:]
        for one in (f"?{query.urlencode()}", *searched):
            answer = visitor.visit("GET", path, query=one, headers=FRAGMENT)
            faults += leaks(answer, THEIRS) + wrote(answer)
        for one in exported:
            answer = visitor.visit("GET", path, query=one)
            faults += leaks(answer, THEIRS) + wrote(answer)
    assert not faults, listed(faults)


def lookups(page: Page) -> list[str]:
    """Query strings that search a page for the canary, and that export it."""
    words = urlencode(dict.fromkeys(["q", "nombre", "name", "texto", "busca"], "canario"))
    return [] if page.arguments else [f"?{words}", "?exportar=csv&formato=xlsx"]


def test_bulk_actions_leave_the_rows_of_another_house_alone(lucia, ours, theirs):
    visitor = Visitor(login(lucia), theirs)
    bulk = {p.name: p for p in INSIDE if p.name.endswith("_bulk")}
    everything = sorted({row.pk for row in theirs.rows.values()})
    faults, tried = [], 0
    for page in bulk.values():
        for code in sorted({a.code for t in tables.values() for a in t.bulk}):
            for extra in ({}, {"confirmado": "1"}):
                data = {"accion": code, "id": everything, **extra}
                path = f"/{ours.slug}{page.path(ours)}"
                answer = visitor.visit("POST", path, data, headers=FRAGMENT)
                tried += 1
                faults += leaks(answer, THEIRS)
    assert tried > 10
    assert not faults, listed(faults)


# --- a company that was not granted -------------------------------------------------------------
@pytest.fixture
def limited(lonja, lucia, ours) -> Membership:
    """A member who was given one company of the two."""
    pepe = make_member(lonja, "Pepe Company", Role.OFFICE)
    with scope(lonja):
        CompanyGrant.objects.create(membership=pepe, company=lonja.company)
    return pepe


@pytest.fixture
def ungranted(lonja, lucia, ours) -> House:
    """The other company of Lucía's house: the same clients, documents of its own."""
    with scope(lonja):
        second = Company.objects.create(
            legal_name=OTHER_COMPANY,
            trade_name=OTHER_COMPANY,
            nif="B66778899",
            address="C/ Otra, 1",
        )
    house = House(lonja, second, lucia, OTHER_COMPANY)
    shared = (Party, StoredFile, Tag, Reason, State)
    house.rows |= {model: ours.one(model) for model in shared}
    return house.grow(of_a_company(house))


def test_a_company_that_was_not_granted_stays_shut(limited, ours, ungranted):
    visitor = Visitor(login(limited))
    inside_it = {*of_a_company(ungranted), Company}
    faults = []
    for page in INSIDE:
        kept = {a: ungranted.rows[m].pk for a, m in page.model_of.items() if m in inside_it}
        if not kept:
            continue
        for method in METHODS:
            path = f"/{ours.slug}{page.path(ours, **kept)}"
            answer = visitor.visit(method, path, {"x": "1"}, headers=FRAGMENT)
            if answer.status not in SHUT:
                faults.append(f"{page.name}: {answer} con una empresa que no tiene")
    assert not faults, listed(faults)


def test_no_list_figure_or_export_shows_an_ungranted_company(limited, ours, ungranted):
    visitor = Visitor(login(limited))
    faults = []
    for page in INSIDE:
        for query in ("", *lookups(page)):
            path = f"/{ours.slug}{page.path(ours)}"
            answer = visitor.visit("GET", path, query=query, headers=FRAGMENT if query else None)
            faults += [f"{page.name}: {fault}" for fault in leaks(answer, OTHER_COMPANY)]
    assert not faults, listed(faults)


# --- the walker itself ---------------------------------------------------------------------------
def test_a_view_without_scope_turns_the_walker_red(lucia, theirs, monkeypatch):
    def open_to_all(request: Any, source: Any, pk: Any) -> Any:
        with all_organisations():
            return Party.objects.get(pk=pk)

    page = next(page for page in INSIDE if page.name == "parties:client")
    visitor = Visitor(login(lucia), theirs)
    assert with_ids_of(theirs, visitor, lucia.organisation.slug, [page]) == []
    monkeypatch.setattr("lonja.parties.views.ficha.get_visible", open_to_all)
    assert with_ids_of(theirs, visitor, lucia.organisation.slug, [page]) != []


def test_a_changed_row_is_noticed(theirs):
    before = fingerprint(theirs.organisation.pk)
    with scope(theirs.organisation):
        Party.objects.update(notes="otra cosa")
    assert fingerprint(theirs.organisation.pk) != before


# --- roles, CSRF, reading -----------------------------------------------------------------------
def test_every_view_says_who_may_open_it():
    silent = [p.name for p in INSIDE if not hasattr(p.view, "permission_code")]
    anybody = {p.name for p in INSIDE if getattr(p.view, "permission_code", "") is None}
    assert silent == [], "Decorate them with @member_required"
    assert sorted(anybody - set(ANY_MEMBER)) == [], "Ask a permission, or say why not in ANY_MEMBER"
    assert sorted(set(ANY_MEMBER) - anybody) == []


@pytest.mark.parametrize("role", [r for r in Role.values if r != Role.ADMIN])
def test_a_role_without_the_permission_is_refused(role, lonja, ours):
    visitor = Visitor(login(make_member(lonja, f"{role} Sin Permiso", role)))
    opened = []
    for page in INSIDE:
        code = getattr(page.view, "permission_code", None)
        if code is None or role in roles_with(code):
            continue
        for method in ("GET", "POST"):
            path = f"/{ours.slug}{page.path(ours)}"
            answer = visitor.visit(method, path, {"x": "1"}, headers=FRAGMENT)
            if answer.status != 403:
                opened.append(f"{page.name} ({code}): {answer}")
    assert not opened, listed(opened)


def test_no_form_is_taken_without_its_token(lucia, ours):
    visitor = Visitor(login(lucia, enforce_csrf_checks=True))
    inside = [(page, f"/{ours.slug}{page.path(ours)}") for page in INSIDE]
    outside = [(p, p.path(ours)) for p in OUTSIDE if p.name not in BY_LINK | BY_KEY]
    taken = []
    for page, path in inside + outside:
        answer = visitor.visit("POST", path, {"x": "1"})
        if answer.status != 403:
            taken.append(f"{page.name}: {answer}")
    assert not taken, listed(taken)


def test_links_refuse_forms_of_other_sites(client, theirs):
    visitor = Visitor(client, theirs)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    paths = [page.path(theirs) for page in OUTSIDE if page.name in BY_LINK]
    answers = [visitor.visit("POST", path, {"x": "1"}, headers=elsewhere) for path in paths]
    assert [str(answer) for answer in answers if answer.status != 403] == []
