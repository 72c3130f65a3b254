"""The issuer's brand on documents: its colour, its logo, its monogram."""

from __future__ import annotations

import base64
import binascii
import colorsys
import io
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

import typst
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from lonja.kit.errors import Refused

DEFAULT_ACCENT = "#0e7c86"
MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 25_000_000
MAX_ELEMENTS = 5000  # of an SVG
MAX_SIDE = 1600  # printed at most 55 mm wide: more than 700 dots per inch
MIN_CONTRAST = 4.5  # WCAG 2.2, 1.4.3

Xml.register_namespace("", "http://www.w3.org/2000/svg")
Xml.register_namespace("xlink", "http://www.w3.org/1999/xlink")

_HEX = re.compile(r"#([0-9a-fA-F]{6})\b|#([0-9a-fA-F]{3})\b")
_COMPANY_FORM = re.compile(
    r"[\s,]+(s\.?\s?l\.?\s?u?|s\.?\s?a\.?\s?u?|s\.?\s?l\.?\s?l|s\.?\s?c\.?|c\.?\s?b|"
    r"s\.?\s?coop(\.\s?v)?|s\.?\s?l\.?\s?p)\.?$",
    re.IGNORECASE,
)
_SMALL_WORDS = {"de", "del", "la", "las", "el", "los", "y", "e", "i", "d", "en", "the", "and"}


@dataclass(frozen=True)
class CleanLogo:
    """A logo safe to keep and print: PNG, JPEG or SVG, size in pixels (or SVG units)."""

    content: bytes
    content_type: str
    width: int
    height: int


def accent_from_logo(content: bytes) -> str:
    """The dominant saturated colour of a PNG, JPEG or SVG logo, as '#rrggbb'.

    A grey, black or unreadable logo gives the house's default. Not darkened: pass the answer
    through `readable_accent` before printing white text on it.
    """
    try:
        if _looks_like_svg(content):
            weights = _svg_colours(content)
        else:
            weights = _image_colours(content)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return DEFAULT_ACCENT
    scores: Counter[tuple[int, int, int]] = Counter()
    for (red, green, blue), count in weights.items():
        _hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
        if saturation > 0.25 and 0.12 < lightness < 0.9:
            scores[red, green, blue] += int(1000 * count * saturation)
    if not scores:
        return DEFAULT_ACCENT
    return "#{:02x}{:02x}{:02x}".format(*scores.most_common(1)[0][0])


def readable_accent(colour: str) -> tuple[str, bool]:
    """`colour` darkened, hue kept, until white text on it reaches 4.5:1; and whether it changed.

    Raises ValueError when `colour` is not '#rgb' or '#rrggbb'.
    """
    red, green, blue = _parse(colour)
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    found, changed = f"#{red:02x}{green:02x}{blue:02x}", False
    while contrast_with_white(found) < MIN_CONTRAST:
        lightness = max(0.0, lightness - 0.01)
        darker = colorsys.hls_to_rgb(hue, lightness, saturation)
        found = "#{:02x}{:02x}{:02x}".format(*(round(part * 255) for part in darker))
        changed = True
    return found, changed


def contrast_with_white(colour: str) -> float:
    """WCAG contrast ratio of `colour` against white, from 1 to 21."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in _parse(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def initials(name: str) -> str:
    """One or two capitals for the monogram: «Clima Levante, S.L.» → «CL», «Talleres» → «T»."""
    bare = _COMPANY_FORM.sub("", name.strip()) or name
    words = [word for word in re.findall(r"\w+", bare) if word.lower() not in _SMALL_WORDS]
    return "".join(word[0] for word in words[:2]).upper() or "·"


def check_logo(content: bytes) -> CleanLogo:
    """The logo as it will be kept, or Refused with what to do about it.

    PNG, JPEG, WebP and GIF are decoded and written again (upright, without metadata, at most
    1600 px wide): nothing of the original file but its pixels survives. SVG is written again
    without document type, comments or instructions, its pictures again as those, and refused if it
    has scripts, links, things from outside, text (its font does not travel with it) or anything
    typst cannot draw in a PDF/A.
    """
    if not content:
        raise _refused("logo_empty", _("El archivo está vacío. Elige otra imagen."))
    if len(content) > MAX_BYTES:
        raise _refused(
            "logo_too_large", _("El logotipo pesa más de 2 MB. Redúcelo y vuelve a subirlo.")
        )
    return _checked_svg(content) if _looks_like_svg(content) else _checked_image(content)


def _refused(code: str, message: str) -> Refused:
    return Refused(code, message, field="logo")


def _checked_image(content: bytes) -> CleanLogo:
    unreadable = _refused(
        "logo_not_image", _("No es una imagen que podamos leer. Sube un PNG, JPG, WebP o SVG.")
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            formats = ("PNG", "JPEG", "WEBP", "GIF")
            image: Image.Image = Image.open(io.BytesIO(content), formats=formats)
            if image.width * image.height > MAX_PIXELS:
                raise _refused(
                    "logo_too_many_pixels",
                    _("El logotipo tiene demasiados píxeles. Con 1600 de ancho es suficiente."),
                )
            is_photo = image.format == "JPEG"
            image = ImageOps.exif_transpose(image)
            image = _in_srgb(image).convert("RGB" if is_photo else "RGBA")
            image.info = {}
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise unreadable from error
    except Image.DecompressionBombError as error:
        raise unreadable from error
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    out = io.BytesIO()
    if is_photo:
        image.save(out, "JPEG", quality=92, optimize=True)
    else:
        image.save(out, "PNG", optimize=True)
    kind = "image/jpeg" if is_photo else "image/png"
    return CleanLogo(out.getvalue(), kind, image.width, image.height)


def _in_srgb(image: Image.Image) -> Image.Image:
    """With the colours its profile says, as sRGB: a profile is not kept. As it is if the profile
    cannot be followed."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, found, srgb, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _checked_svg(content: bytes) -> CleanLogo:
    unsafe = _refused(
        "logo_unsafe_svg",
        _(
            "Este SVG lleva código o enlaces a otros sitios. Expórtalo de nuevo como «SVG simple» "
            "o sube un PNG."
        ),
    )
    broken = _refused(
        "logo_broken_svg", _("Este SVG no se puede dibujar. Expórtalo de nuevo o sube un PNG.")
    )
    try:
        root = ElementTree.fromstring(content)  # entities and external things: forbidden
    except DefusedXmlException as error:
        raise unsafe from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise broken from error
    if _local(root.tag) != "svg":
        raise broken
    for element in root.iter():
        _refuse_unsafe(element, unsafe)
        _pictures_again(element, broken)
    _refuse_unprintable(root, broken)
    width, height = _svg_size(root)
    if not (width > 0 and height > 0):
        raise broken
    clean = Xml.tostring(root, encoding="unicode")
    try:
        _draw_once(clean)
    except typst.TypstError as error:
        raise broken from error
    return CleanLogo(clean.encode(), "image/svg+xml", round(width), round(height))


_UNSAFE_ELEMENTS = {
    "script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler",
    "animate", "set", "animatetransform", "animatemotion", "a",
}  # fmt: skip
_EMBEDDED_IMAGE = re.compile(r"^data:image/(png|jpe?g|webp|gif);base64,", re.IGNORECASE)
_OUTSIDE_URL = re.compile(r"url\(\s*['\"]?\s*(?!#|['\"]?#)", re.IGNORECASE)


def _refuse_unprintable(root: Xml.Element, broken: Refused) -> None:
    names = [_local(element.tag) for element in root.iter()]
    if "text" in names:
        raise _refused(
            "logo_text_svg",
            _("El SVG lleva texto sin su fuente. Conviértelo en trazados o sube un PNG."),
        )
    # Copies of copies multiply: ten levels of ten would draw for ever.
    copies = {element for element in root.iter() if _local(element.tag) == "use"}
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    for copy in copies:
        target = ids.get(next((v[1:] for k, v in copy.items() if _local(k) == "href"), ""))
        if target is not None and any(inner in copies for inner in target.iter()):
            raise broken
    if len(names) > MAX_ELEMENTS:
        raise broken


def _refuse_unsafe(element: Xml.Element, unsafe: Refused) -> None:
    name = _local(element.tag)
    if name in _UNSAFE_ELEMENTS:
        raise unsafe
    if name == "style" and _has_outside_reference(element.text or ""):
        raise unsafe
    for key, value in element.attrib.items():
        attribute = _local(key)
        if attribute.startswith("on") or _has_outside_reference(value):
            raise unsafe
        if attribute in {"href", "src"} and not (
            value.strip().startswith("#") or _EMBEDDED_IMAGE.match(value.strip())
        ):
            raise unsafe


def _pictures_again(element: Xml.Element, broken: Refused) -> None:
    """A picture inside the SVG keeps of its file but the pixels, as one uploaded by itself."""
    for key, value in element.attrib.items():
        _head, comma, body = value.strip().partition(",")
        if comma and _EMBEDDED_IMAGE.match(value.strip()):
            try:
                clean = _checked_image(base64.b64decode(body))
            except binascii.Error as error:
                raise broken from error
            coded = base64.b64encode(clean.content).decode("ascii")
            element.set(key, f"data:{clean.content_type};base64,{coded}")


def _has_outside_reference(text: str) -> bool:
    lowered = text.lower()
    return (
        "@import" in lowered
        or "javascript:" in lowered
        or "expression(" in lowered
        or bool(_OUTSIDE_URL.search(text))
    )


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1].lower()


def _svg_size(root: Xml.Element) -> tuple[float, float]:
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        if len(box) == 4:
            return float(box[2]), float(box[3])
        return tuple(  # type: ignore[return-value]
            float(re.sub(r"(px|pt|mm|cm|in)$", "", root.get(side, "0").strip()))
            for side in ("width", "height")
        )
    except ValueError:
        return 0.0, 0.0


def _draw_once(svg: str) -> None:
    """Raises what typst raises when it cannot draw the SVG: better now than in an invoice."""
    typst.compile(
        b'#set document(title: "Logo")\n'
        b'#image(bytes(sys.inputs.logo), format: "svg", width: 5cm, height: 2cm, alt: "Logo")',
        sys_inputs={"logo": svg},
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False),
        format="pdf",
        pdf_standards=["a-3b"],
        timestamp=0,
    )


def _looks_like_svg(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _svg_colours(content: bytes) -> Counter[tuple[int, int, int]]:
    text = content.decode("utf-8", "replace")
    return Counter(_parse("#" + (long or short)) for long, short in _HEX.findall(text))


def _image_colours(content: bytes) -> Counter[tuple[int, int, int]]:
    with Image.open(io.BytesIO(content)) as original:
        image = original.convert("RGBA")
    image.thumbnail((96, 96))
    solid = [pixel[:3] for pixel in _pixels(image) if pixel[3] > 128]
    # Neighbouring shades count together; the answer is the mean of the winning group.
    groups: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
    for pixel in solid:
        groups.setdefault(tuple(part // 24 for part in pixel), []).append(pixel)
    return Counter(
        {
            tuple(round(sum(parts) / len(parts)) for parts in zip(*group, strict=True)): len(group)
            for group in groups.values()
        }
    )


def _pixels(image: Image.Image) -> list[tuple[int, int, int, int]]:
    raw = image.tobytes()
    return [tuple(raw[at : at + 4]) for at in range(0, len(raw), 4)]  # type: ignore[misc]


def _parse(colour: str) -> tuple[int, int, int]:
    match = _HEX.fullmatch(colour.strip())
    if not match:
        raise ValueError(f"not a colour: {colour!r}")
    digits = match[1] or "".join(digit * 2 for digit in match[2])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
