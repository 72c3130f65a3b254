"""Rich text of descriptions and comments: an allow-list, before storing and before showing."""

from __future__ import annotations

import re

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString

TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "a", "blockquote"),
    *("code", "pre", "h3"),
}
_LOOKS_RICH = re.compile(r"<(p|br|b|strong|i|em|u|ul|ol|li|a|blockquote|code|pre|h3|div)\b", re.I)
LONGEST = 20_000


def clean(text: str) -> str:
    """HTML of the allow-list only. Text without tags becomes paragraphs."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()[:LONGEST]
    if not text:
        return ""
    if not _LOOKS_RICH.search(text):
        blocks = [b.strip() for b in re.split(r"\n{2,}", text) if b.strip()]
        text = "".join(f"<p>{escape(b).replace(chr(10), '<br>')}</p>" for b in blocks)
    return _wash(text)


def _wash(text: str) -> str:
    return nh3.clean(
        text,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def render(text: str) -> SafeString:
    """What was stored, washed again: a row written by other means brings nothing with it."""
    return SafeString(_wash(text))


def plain(text: str) -> str:
    """The words alone."""
    bare = re.sub(r"<(br|/p|/li|/h3|/blockquote)[^>]*>", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", nh3.clean(bare, tags=set()).strip())
