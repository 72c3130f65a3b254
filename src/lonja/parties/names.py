"""Names compared as people do: without accents, legal forms or small slips."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from lonja.kit.text import search_text

# «S.L.», «SLU», «Sociedad Limitada»… at the end of a folded name without punctuation.
_FORMS = re.compile(
    r"\s(s ?l ?[ulnp]?|s ?a ?[ule]?|s ?a ?t|s ?coop( ?v)?|s ?c ?p?|c ?b|s ?l ?n ?e|a ?i ?e|u ?t ?e"
    r"|sociedad (limitada|anonima|civil|cooperativa)( unipersonal| profesional| laboral)?"
    r"|comunidad de bienes|societat (limitada|anonima)|llc|ltd|gmbh|sarl|inc)$"
)
_NOT_WORD = re.compile(r"[^\w]+")
LONGEST = 80
# Two names of which at least so much is equal are told as similar.
ALIKE = 0.86


def name_key(name: str) -> str:
    """A name to compare: «Hotel Mirador, S.L.» and «HOTEL MIRADOR SL» → `hotel mirador`."""
    folded = _NOT_WORD.sub(" ", search_text(name)).strip()
    bare = _FORMS.sub("", folded)
    return (bare or folded)[:LONGEST].strip()


def are_alike(one: str, other: str) -> bool:
    """Whether two keys say the same name, give or take a slip or the order of the words."""
    if not one or not other:
        return False
    if one == other:
        return True
    if min(len(one), len(other)) < 5:
        return False
    if sorted(one.split()) == sorted(other.split()):
        return True
    # A digit apart is another shop of the chain, not a slip.
    if re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return False
    return matcher.ratio() >= ALIKE and _words_alike(one.split(), other.split())


def _words_alike(one: list[str], other: list[str]) -> bool:
    """«Hotel Miramar» is no slip of «Hotel Mirador»: each word must be nearly its own pair."""
    left = list(other)
    for word in one:
        best = max(left, key=lambda candidate: _ratio(word, candidate), default="")
        if not best or _ratio(word, best) < 0.75:
            # One word too many or too few, as an article, is no difference.
            if len(word) > 3:
                return False
            continue
        left.remove(best)
    return all(len(word) <= 3 for word in left)


def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def fragments(key: str) -> list[str]:
    """Pieces of which a name with one slip keeps at least one; for looking candidates up."""
    found: list[str] = []
    for word in sorted(key.split(), key=len, reverse=True)[:3]:
        if len(word) >= 4:
            found += [word[:4], word[-4:]]
    return list(dict.fromkeys(found))
