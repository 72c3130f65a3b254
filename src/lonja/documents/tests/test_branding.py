"""Logos that are refused, logos that are kept, and colours that can be read."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from lonja.documents import branding
from lonja.documents.branding import (
    accent_from_logo,
    check_logo,
    contrast_with_white,
    initials,
    readable_accent,
)
from lonja.documents.tests.samples import picture
from lonja.kit.errors import Refused

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    b'viewBox="0 0 20 10"><rect id="r" width="5" height="5" fill="#e91e63"/></svg>'
)


def inside(extra: bytes) -> bytes:
    return SVG.replace(b"</svg>", extra + b"</svg>")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "logo_empty"),
        (b"hola", "logo_not_image"),
        (b"%PDF-1.4 ...", "logo_not_image"),
        (picture()[:60], "logo_not_image"),
        (b"x" * 2_100_000, "logo_too_large"),
        (b"<html></html>", "logo_broken_svg"),
        (SVG[:-8], "logo_broken_svg"),
        (inside(b"<script>1</script>"), "logo_unsafe_svg"),
        (inside(b'<rect onload="x()"/>'), "logo_unsafe_svg"),
        (inside(b'<image href="https://x.example/a.png"/>'), "logo_unsafe_svg"),
        (inside(b'<image xlink:href="file:///etc/passwd"/>'), "logo_unsafe_svg"),
        (inside(b'<rect fill="url(https://x.example/#a)"/>'), "logo_unsafe_svg"),
        (inside(b"<style>@import 'https://x.example/a.css';</style>"), "logo_unsafe_svg"),
        (inside(b"<foreignObject/>"), "logo_unsafe_svg"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "logo_unsafe_svg"),
        (inside(b"<text>Clima</text>"), "logo_text_svg"),
        (
            inside(b'<g id="a"><use href="#r"/></g><g id="b"><use href="#a"/></g>'),
            "logo_broken_svg",
        ),
    ],
)
def test_files_that_are_not_a_safe_logo_are_refused(content, code):
    with pytest.raises(Refused) as refused:
        check_logo(content)
    assert refused.value.code == code
    assert refused.value.field == "logo"


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(branding, "MAX_PIXELS", 29_999)
    with pytest.raises(Refused) as refused:
        check_logo(picture())
    assert refused.value.code == "logo_too_many_pixels"


def test_a_picture_is_written_again_without_what_it_carried():
    hidden = picture() + b"<?php secreto ?>"
    logo = check_logo(hidden)
    assert b"secreto" not in logo.content
    assert (logo.content_type, logo.width, logo.height) == ("image/png", 300, 100)
    assert check_logo(picture(kind="JPEG")).content_type == "image/jpeg"


def test_a_drawing_keeps_its_shapes_and_loses_its_preamble():
    public = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
    logo = check_logo(b'<?xml version="1.0"?>' + public + b"<!-- hola -->" + SVG)
    assert logo.content.startswith(b"<svg") and b"#e91e63" in logo.content
    assert b"hola" not in logo.content and b"DOCTYPE" not in logo.content
    assert (logo.content_type, logo.width, logo.height) == ("image/svg+xml", 20, 10)


def test_a_picture_inside_a_drawing_is_written_again_as_one_by_itself():
    inks = io.BytesIO()
    Image.new("CMYK", (40, 20), (10, 200, 30, 0)).save(inks, "JPEG", comment=b"secreto")
    coded = base64.b64encode(inks.getvalue())
    logo = check_logo(inside(b'<image width="9" href="data:image/jpeg;base64,' + coded + b'"/>'))
    (inner,) = re.findall(rb"data:image/jpeg;base64,([^\"]+)", logo.content)
    assert b"secreto" not in base64.b64decode(inner)
    assert Image.open(io.BytesIO(base64.b64decode(inner))).mode == "RGB"
    with pytest.raises(Refused) as refused:
        check_logo(inside(b'<image href="data:image/png;base64,A"/>'))
    assert refused.value.code == "logo_broken_svg"


def test_the_accent_is_the_strongest_colour_of_the_logo():
    assert accent_from_logo(picture((240, 160, 20))) == "#f0a014"
    assert accent_from_logo(SVG) == "#e91e63"
    assert accent_from_logo(picture((90, 90, 90))) == branding.DEFAULT_ACCENT
    assert accent_from_logo(b"roto") == branding.DEFAULT_ACCENT


@pytest.mark.parametrize("colour", ["#f0a014", "#ffffff", "#ff0", "#00ff00", "#0b6e78"])
def test_white_text_can_be_read_on_every_accent(colour):
    accent, changed = readable_accent(colour)
    assert contrast_with_white(accent) >= 4.5
    assert changed == (contrast_with_white(colour) < 4.5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Clima Levante, S.L.", "CL"),
        ("Fontanería de la Vega SLU", "FV"),
        ("Talleres", "T"),
        ("Casa Ñ, S.A.", "CÑ"),
        ("", "·"),
    ],
)
def test_the_monogram_leaves_out_the_company_form_and_small_words(name, expected):
    assert initials(name) == expected
