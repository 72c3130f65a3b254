"""Text from outside: cleaned to store, folded to search."""

import re
import unicodedata

# C0 and C1 controls, soft hyphen, Arabic letter mark, zero-width space and non-joiner, bidi marks,
# embeddings, overrides and isolates, word joiner and invisible operators, byte order mark, and
# interlinear anchors. Not U+200D: it joins emoji families.
_INVISIBLE = (
    "\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_NOT_IN_A_LINE = re.compile(f"[{_INVISIBLE}]")
_LINE_BREAK = re.compile("\r\n|[\r\u0085\u2028\u2029\u000b\u000c]")
_LONE_JOINER = re.compile("(?<![\u00a9\u00ae\u2000-\u3300\U0001f000-\U0001faff\ufe0f])\u200d")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_line(text: str) -> str:
    """One line of clean text: no control, bidi or zero-width characters, single spaces, no spaces
    around. Line breaks become spaces. Accents, emoji and every alphabet stay."""
    if text.isprintable():  # nothing of the kind: the usual case
        return unicodedata.normalize("NFC", " ".join(text.split()))
    text = _LINE_BREAK.sub(" ", text).replace("\t", " ").replace("\n", " ")
    text = _NOT_IN_A_LINE.sub("", _SURROGATE.sub("", text))
    text = _LONE_JOINER.sub("", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def clean_block(text: str) -> str:
    """Clean text of several lines: as ``clean_line`` in each, at most one empty line together."""
    lines, empty = [], 0
    for line in _LINE_BREAK.sub("\n", text).split("\n"):
        line = clean_line(line)
        empty = 0 if line else empty + 1
        if empty < 2:
            lines.append(line)
    return "\n".join(lines).strip("\n")


def search_text(*parts: str | None) -> str:
    """What is stored and asked to find ``parts`` by words: lower case, without accents, with ñ as
    n, punctuation kept. «Álvaro Núñez» -> ``alvaro nunez``."""
    text = " ".join(part for part in parts if part)
    text = clean_line(text).casefold()
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(bare.split())


def row_id(text: object) -> int | None:
    """The id that an address or a form says; None for anything else, such as «²» (a digit for
    `str.isdigit`, no number for `int`) or more figures than a column holds."""
    told = str(text)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None


def slug(text: str, *, longest: int = 50) -> str:
    """Lower-case ASCII letters, digits and single hyphens, for URLs and file names; may be
    empty."""
    short = _NOT_SLUG.sub("-", search_text(text)).strip("-")
    return short[:longest].strip("-")
