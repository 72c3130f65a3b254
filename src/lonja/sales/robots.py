"""People told from robots: the rules, in order. The first that holds decides.

Mail services open every link before the reader does, and some even run the page. Only what people
do counts; the rest is shown apart, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lonja.kit import robots as machines
from lonja.sales.models.tracking import Verdict

# A person receives, opens and reads; a scanner asks at once.
INSTANT_SECONDS = 8
# So many different links from one network within MANY_SECONDS: a machine going through a mailbox.
MANY_LINKS, MANY_SECONDS = 3, 10


@dataclass(frozen=True)
class Look:
    """One request of a visitor, and what the page's script told of it."""

    ip: str = ""
    agent: str = ""
    method: str = "GET"
    purpose: str = ""
    team: bool = False  # somebody of the organisation, logged in
    runs: bool = False  # the script ran with the page in front
    touched: bool = False  # pointer, key, finger or wheel since it was opened
    pressed: bool = False  # a form was sent: an answer, a question, a signature
    automated: bool = False  # navigator.webdriver

    @property
    def device(self) -> str:
        return machines.device_words(self.agent)

    @property
    def network(self) -> str:
        return machines.network_of(self.ip)


@dataclass(frozen=True)
class Around:
    """What is known besides the request. `since_mail`: seconds since its mail left; None: never
    by mail. `links`: different links the same network asked for in the last MANY_SECONDS."""

    since_mail: float | None = None
    links: int = 0


@dataclass(frozen=True)
class Rule:
    code: str
    verdict: Verdict
    words: Any
    holds: Callable[[Look, Around], bool]


RULES: tuple[Rule, ...] = (
    Rule("team", Verdict.TEAM, _("alguien de la empresa"), lambda look, _a: look.team),
    Rule(
        "head", Verdict.ROBOT, _("solo comprobó el enlace"), lambda look, _a: look.method == "HEAD"
    ),
    Rule(
        "agent",
        Verdict.ROBOT,
        _("es un programa y lo dice"),
        lambda look, _a: machines.names_itself_robot(look.agent),
    ),
    Rule(
        "prefetch",
        Verdict.ROBOT,
        _("precarga del navegador"),
        lambda look, _a: machines.only_prefetches(look.purpose),
    ),
    Rule(
        "network",
        Verdict.ROBOT,
        _("red de un filtro de correo"),
        lambda look, _a: machines.is_scanner_network(look.ip),
    ),
    Rule("automated", Verdict.ROBOT, _("navegador automático"), lambda look, _a: look.automated),
    Rule("pressed", Verdict.HUMAN, _("contestó"), lambda look, _a: look.pressed),
    Rule("touched", Verdict.HUMAN, _("tocó la página"), lambda look, _a: look.touched),
    Rule(
        "many",
        Verdict.ROBOT,
        _("abrió muchos enlaces a la vez"),
        lambda _l, around: around.links >= MANY_LINKS,
    ),
    Rule(
        "instant",
        Verdict.ROBOT,
        _("la pidió nada más salir el correo"),
        lambda _l, around: around.since_mail is not None and around.since_mail < INSTANT_SECONDS,
    ),
    Rule("page", Verdict.HUMAN, _("la tuvo en pantalla"), lambda look, _a: look.runs),
    Rule("silent", Verdict.ROBOT, _("la pidió sin llegar a mostrarla"), lambda _l, _a: True),
)
_WORDS = {rule.code: rule.words for rule in RULES}
# Decided by the request alone: nothing around it changes them.
CERTAIN = frozenset({"team", "head", "agent", "prefetch", "network", "automated"})


def judge(look: Look, around: Around) -> Rule:
    """The rule that decides who it is."""
    return next(rule for rule in RULES if rule.holds(look, around))


def reason_words(code: str) -> str:
    """Why, in words, for the page of the quote."""
    return str(_WORDS.get(code, ""))
