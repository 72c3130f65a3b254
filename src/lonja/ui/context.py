"""What every template of the shell may ask, computed only when it does: `{{ ui.… }}`."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from lonja.ui import kept, registry, requests

THEMES = ("auto", "light", "dark")
DENSITIES = ("normal", "compact")
_menu_urls: kept.Kept[list[str]] = kept.Kept()


class Shell:
    """The shell around a page, for the member of the request (who may be None)."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.member = getattr(request, "member", None)
        self.organisation = getattr(request, "organisation", None)
        self.company = getattr(request, "company", None)

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("tema", "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def density(self) -> str:
        """How tall the rows of tables are, as this member chose."""
        chosen = (self.member.preferences or {}).get("density") if self.member else ""
        return chosen if chosen in DENSITIES else "normal"

    @property
    def look(self) -> tuple[Any, ...]:
        """What the choices of how it looks depend on, for `{% keep %}`."""
        return get_language(), self.theme, self.density

    @property
    def fragment(self) -> bool:
        return requests.is_fragment(self.request)

    @property
    def drawer(self) -> bool:
        return requests.is_drawer(self.request)

    @property
    def nonce(self) -> str:
        from lonja.ui.middleware import nonce

        return nonce(self.request)

    @cached_property
    def _groups(self) -> list[tuple[str, list[tuple[registry.NavItem, str]]]]:
        """Entries of the side bar with their addresses."""
        return [
            (group, [(item, item.url()) for item in items])
            for group, items in registry.nav_for(self.member)
        ]

    @cached_property
    def menus(self) -> Any:
        """What the menus depend on, for `{% keep %}`: who has this role in this organisation, in
        this language, in this part of the program, sees the same."""
        key = (self.member and self.member.role, get_language(), kept.where())
        if self.member is None:
            return key
        urls = _menu_urls.get(key, lambda: [url for _g, items in self._groups for _i, url in items])
        return key, self._here(urls)

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        if self.member is None:
            return []
        here = self._here([url for _group, items in self._groups for _item, url in items])
        return [
            {
                "name": group,
                "items": [
                    {
                        "label": item.label,
                        "icon": item.icon,
                        "url": url,
                        "current": url == here,
                        "go_key": item.go_key,
                        "url_name": item.url_name,
                        "counted": item.count is not None,
                    }
                    for item, url in items
                ],
            }
            for group, items in self._groups
        ]

    def _here(self, urls: list[str]) -> str:
        """The longest address that begins the path; home only for itself."""
        path = self.request.path
        home = min(map(len, urls), default=0)
        fitting = [u for u in urls if path == u or (path.startswith(u) and len(u) > home)]
        return max(fitting, key=len, default="")

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [group for group in self.nav if group["name"] != "bottom"]

    @property
    def bottom(self) -> list[dict[str, Any]]:
        return [item for group in self.nav if group["name"] == "bottom" for item in group["items"]]

    @property
    def tab_bar(self) -> dict[str, dict[str, Any]]:
        """The entries of the phone's bar that exist."""
        wanted = {
            "office:home": "home",
            "parties:client_list": "clients",
            "tasks:search": "tasks",
        }
        found: dict[str, dict[str, Any]] = {}
        for group in self.nav:
            for item in group["items"]:
                if item["url_name"] in wanted:
                    found[wanted[item["url_name"]]] = item
        return found

    @cached_property
    def new(self) -> list[dict[str, Any]]:
        if self.member is None:
            return []
        return [
            {"label": e.label, "icon": e.icon, "url": e.url(), "key": e.key}
            for e in registry.new_for(self.member)
        ]

    @cached_property
    def home_url(self) -> str:
        return registry.Entry("", "office:home", "", None, 0).url() or "/"

    @cached_property
    def settings(self) -> list[dict[str, Any]]:
        """Groups of «Configuración» with the section of this page marked."""
        if self.member is None:
            return []
        path = self.request.path
        sections = [s for _group, items in registry.settings_for(self.member) for s in items]
        here = max((s.url() for s in sections if path.startswith(s.url())), key=len, default="")
        return [
            {
                "name": group,
                "items": [
                    {"label": s.label, "icon": s.icon, "url": s.url(), "current": s.url() == here}
                    for s in items
                ],
            }
            for group, items in registry.settings_for(self.member)
        ]

    @cached_property
    def search_url(self) -> str:
        return registry.Entry("", "office:search", "", None, 0).url()

    @cached_property
    def help_url(self) -> str:
        return registry.Entry("", "office:help", "", None, 0).url()

    @cached_property
    def notices(self) -> dict[str, str]:
        """Addresses of the notices of the member; empty without them."""
        if self.member is None:
            return {}
        names = {"all": "notices", "count": "notices_count", "last": "notices_last"}
        found = {
            key: registry.Entry("", f"office:{name}", "", None, 0).url()
            for key, name in names.items()
        }
        return found if all(found.values()) else {}

    @cached_property
    def profile_url(self) -> str:
        return registry.Entry("", "office:profile", "", None, 0).url()

    @cached_property
    def demo_url(self) -> str:
        """Where the invented data are taken away, for who may."""
        if self.member is None or not self.member.can("office.settings"):
            return ""
        return registry.Entry("", "office:demo_remove", "", None, 0).url()

    @cached_property
    def new_organisation_url(self) -> str:
        """Where an administrator makes another organisation."""
        from lonja.ui.urls import global_url

        if self.member is None or self.member.role != "admin":
            return ""
        return global_url("office_organisation_new")

    @cached_property
    def may_switch(self) -> bool:
        """Whether there is anything to choose in the head of the side bar."""
        several = len(self.organisations) > 1 or len(self.companies) > 1
        return several or bool(self.new_organisation_url)

    @cached_property
    def logout_url(self) -> str:
        from lonja.ui.urls import global_url

        for name in ("account_logout", "office_global:logout"):
            try:
                return global_url(name)
            except LookupError:
                continue
            except Exception as error:
                if type(error).__name__ != "NoReverseMatch":
                    raise
        return ""

    @cached_property
    def organisations(self) -> list[dict[str, Any]]:
        """The organisations of the user, for the switcher."""
        from lonja.accounts.models.people import works_in
        from lonja.accounts.scope import all_organisations

        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        found = getattr(self.request, "memberships", None)
        if found is None:  # a page of no organisation
            with all_organisations():
                found = works_in.all(user=user.pk)
        root = settings.FORCE_SCRIPT_NAME or "/"
        mine = self.organisation.pk if self.organisation else None
        return [
            {"name": one.name, "url": f"{root}{one.slug}/", "current": one.pk == mine}
            for one in (member.organisation for member in found)
        ]

    @property
    def companies(self) -> list[Any]:
        """The issuers that the member may work with."""
        return getattr(self.request, "companies", [])


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"ui": SimpleLazyObject(lambda: Shell(request))}
