"""A real headless browser for tests marked `browser`.

`page` is a fresh browser window in Spanish; when the test ends, whatever the page wrote to the
console as an error, threw, or had refused by its content security policy, fails the test.
`./lonja test` finds the browser; a missing one fails, it never skips.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

CHECKOUT = Path(__file__).resolve().parents[2]
AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
]
# As long as for any other step: a machine full of other tests is not a fault of the page.
expect.set_options(timeout=30_000)
LISTEN_FOR_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile || ""}`));
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run."""
    from lonja.config.workbench import chromium

    path = chromium.find_or_install()
    # Playwright keeps an event loop running in this thread, and Django then refuses its
    # database there: the tests themselves are synchronous, so that is a false alarm.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own: no cookies of the test before."""
    opened = browser.new_context(
        locale="es-ES", timezone_id="Europe/Madrid", viewport={"width": 1360, "height": 860}
    )
    opened.set_default_timeout(30_000)
    opened.on("page", goes_until_at_rest)
    opened.add_init_script(LISTEN_FOR_VIOLATIONS)
    yield opened
    opened.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Close the window while its data are still there: what it asks for afterwards is nobody's
    fault, and it would be heard as a complaint."""
    page = getattr(item, "funcargs", {}).get("page")
    if isinstance(page, Page):
        page.close()


@pytest.fixture
def page_errors() -> list[str]:
    """What the page complained of; a test that expects a complaint clears it."""
    return []


# Who goes to another page leaves what this one had asked for, and htmx tells the console. What
# fails has another name beside these: `htmx:sendError` or `htmx:responseError`.
LEFT = ("htmx:sendAbort", "htmx:afterRequest")


@pytest.fixture
def page(context: BrowserContext, page_errors: list[str]) -> Iterator[Page]:
    """A window whose console and security policy errors fail the test."""

    def hear(message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        # An autosave of what cannot be kept yet answers 422, and the browser tells the console.
        not_yet = " 422 " in message.text and "/guardado/" in url
        if message.type == "error" and not not_yet and not message.text.startswith(LEFT):
            page_errors.append(f"{message.text} ({url})")

    opened = context.new_page()
    opened.on("console", hear)
    opened.on("pageerror", lambda error: page_errors.append(str(error)))
    yield opened
    opened.close()
    assert not page_errors, "The page complained:\n" + "\n".join(page_errors)


def at_rest(page: Page) -> None:
    """Wait until nothing asked by the page is on its way and its lazy parts are awake."""
    still = "html:not([data-waiting]):not(:has(.htmx-request))"
    page.locator(still).wait_for(state="attached")  # a function would be eval to the page's policy


def goes_until_at_rest(page: Page) -> None:
    """Make `page.goto` end when the page answers to keys: a machine types before a person could."""
    goto = page.goto

    def patient(*args: Any, **options: Any) -> Any:
        answer = goto(*args, **options)
        at_rest(page)
        return answer

    page.goto = patient  # type: ignore[method-assign]


@pytest.fixture
def axe() -> Any:
    """`axe(page)`: the accessibility faults of the page, as short readable lines."""
    return accessibility_faults


def accessibility_faults(page: Page, *, within: str = "html") -> list[str]:
    """Run axe-core on the page (or the part `within`); one line per fault and element."""
    if not AXE.exists():
        raise FileNotFoundError(f"{AXE} no está: lanza ./lonja test, que prepara las pantallas")
    # As an expression of the debugger: a script tag would be stopped by the page's own policy.
    if not page.evaluate("'axe' in window"):  # a part was swapped: the document is the same
        page.evaluate(AXE.read_text(encoding="utf-8") + "\n;0")
    found = page.evaluate(
        "(within) => axe.run(within, {resultTypes: ['violations']}).then((r) => r.violations)",
        within,
    )
    return [
        f"{fault['id']} ({fault['impact']}): {' '.join(map(str, node['target']))}"
        for fault in found
        for node in fault["nodes"]
    ]
