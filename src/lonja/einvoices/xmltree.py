"""Small tools to write XML, and the one way to read XML that somebody else wrote."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from lonja.kit.errors import Refused

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 60
MAX_ELEMENTS = 200_000

# What XML 1.0 cannot carry, whatever the escape.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parser() -> etree.XMLParser:
    """No entities, no DTD, no network; not one for all, because parsers are not shared safely."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )


def read(content: bytes) -> Any:
    """The root of XML from outside (R28).

    Raises Refused: too large, not XML, with a DOCTYPE (entities), too deep or too many elements.
    """
    if len(content) > MAX_BYTES:
        raise Refused("xml_too_large", _("El fichero pesa más de 10 MB. No parece una factura."))
    try:
        root = etree.fromstring(content, parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("xml_broken", _("El fichero no es un XML bien formado.")) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Refused(
            "xml_doctype",
            _("El XML lleva una declaración DOCTYPE y no la admitimos por seguridad."),
        )
    depth = elements = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth, elements = depth + 1, elements + 1
            if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
                raise Refused("xml_too_deep", _("El XML es demasiado grande para una factura."))
        else:
            depth -= 1
    return root


def clean(text: Any) -> str:
    """Text that XML can carry."""
    return _ILLEGAL.sub("", str(text))


def cut(text: Any, longest: int) -> str:
    """Clean text, on one line, of at most that many characters."""
    return " ".join(clean(text).split())[:longest].rstrip()


def two(amount: Decimal) -> str:
    """An amount with two decimals: «1234.50»."""
    return format(amount.quantize(Decimal("0.01")), "f")


def plain(number: Decimal) -> str:
    """A number without padding zeros nor exponent: «12.5», «100»."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def add(parent: Any, name: str, text: Any = None, **attributes: str) -> Any:
    """A child in no namespace, or in the one that a «prefix:name» means for the parent."""
    prefix, colon, local = name.partition(":")
    tag = f"{{{parent.nsmap[prefix]}}}{local}" if colon else name
    child = etree.SubElement(parent, tag, attributes)
    if text is not None:
        child.text = clean(text)
    return child


def add_if(parent: Any, name: str, text: Any, **attributes: str) -> Any:
    """`add`, unless there is nothing to say."""
    return add(parent, name, text, **attributes) if text not in (None, "") else None


def to_bytes(root: Any) -> bytes:
    """The document with its declaration, in UTF-8."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
