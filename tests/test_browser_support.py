"""The browser fixtures notice what they promise to notice."""

import pytest
from playwright.sync_api import Page

from tests.support.browser import accessibility_faults

pytestmark = pytest.mark.browser
ADDRESS = "http://lonja.example/"


def show(page: Page, body: str, policy: str = "default-src 'self'") -> None:
    """Open a page with this body, as if our server had sent it."""
    page.route(
        ADDRESS,
        lambda route: route.fulfill(
            body=f'<!doctype html><html lang="es"><head><title>Prueba</title>'
            f'<link rel="icon" href="data:,"></head><body>{body}</body></html>',
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": f"{policy}; img-src 'self' data:"},
        ),
    )
    page.goto(ADDRESS)


def test_a_clean_page_has_nothing_to_complain_of(page: Page, page_errors: list[str]) -> None:
    show(page, "<main><h1>Facturas</h1></main>")
    page.get_by_role("heading", name="Facturas").wait_for()
    assert page_errors == []


def test_an_inline_script_is_noticed(page: Page, page_errors: list[str]) -> None:
    show(page, "<main><h1>Facturas</h1><script>document.title = 'Otra'</script></main>")
    assert page.title() == "Prueba"
    assert any("CSP: script-src" in error for error in page_errors)
    page_errors.clear()


def test_an_exception_of_a_script_is_noticed(page: Page, page_errors: list[str]) -> None:
    policy = "default-src 'self'; script-src 'unsafe-inline'"
    show(page, "<main><h1>Facturas</h1><script>nada.de.nada()</script></main>", policy)
    assert any("nada is not defined" in error for error in page_errors)
    page_errors.clear()


def test_axe_works_under_our_policy_and_finds_an_unnamed_button(page: Page) -> None:
    show(page, "<main><h1>Facturas</h1><button></button></main>")
    assert any(fault.startswith("button-name (critical)") for fault in accessibility_faults(page))
