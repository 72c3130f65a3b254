"""In which language a screen or a mail speaks to one of us.

Spanish unless the person chose otherwise; never guessed from the browser, so that a computer set
up in English shows a Spanish company the same screens as before. Documents, public pages and the
API do not follow this choice: what a customer reads follows the customer
(docs/decisions/0013-english.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from lonja.accounts.middleware import RESERVED
from lonja.accounts.models import Membership, User

COOKIE = "idioma"
# Global pages that only we see; the others are for customers and programs.
_OURS = frozenset({"cuenta", "instalacion", "invitacion", "organizaciones", "inicio-rapido"})
_OF_OTHERS = (RESERVED | {"comprobar"}) - _OURS


def known(code: str | None) -> str:
    """That language when the screens speak it, else Spanish."""
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def chosen(request: HttpRequest) -> str:
    """What the user of the request chose; before logging in, what this browser chose."""
    if request.user.is_authenticated:
        return known(request.user.language)
    return known(request.COOKIES.get(COOKIE, ""))


def speaking_to(person: User | Membership | None) -> translation.override:
    """Context in which texts for that person are written in the language they chose; for nobody
    in particular, in the house's."""
    user = person.user if isinstance(person, Membership) else person
    return translation.override(known(user.language if user is not None else ""))


# Not `translation.override` itself: as a decorator it is one object for every thread.
@contextmanager
def house() -> Iterator[None]:
    """Context, or decorator, for words that stay written or that somebody outside reads.

    Whoever presses the button may read English; the line of an invoice, a word in everybody's
    history or a mail to a customer are written in Spanish all the same.
    """
    with translation.override(settings.LANGUAGE_CODE):
        yield


def kept(text: Any) -> str:
    """A lazy text (the label of a choice) as it is written down: in the house's language."""
    with house():
        return str(text)


class LanguageMiddleware:
    """Goes inside the one that knows the user, around everything that speaks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        segment = request.path_info.lstrip("/").partition("/")[0]
        code = settings.LANGUAGE_CODE if segment in _OF_OTHERS else chosen(request)
        with translation.override(code):
            return self.get_response(request)
