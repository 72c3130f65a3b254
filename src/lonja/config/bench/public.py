"""La página pública de un presupuesto, en un móvil modesto con una red 4G lenta."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from lonja.config.bench.field import ARGUMENTS, serve
from lonja.config.bench.results import Result, percentiles
from lonja.config.bench.scratch import engine

help = "página pública del presupuesto: peso, y segundos hasta poder usarla con 4G lento"

# «Slow 4G» of the audits of Chrome: 1.6 Mb/s down, 750 kb/s up, 150 ms there and back, and a
# processor four times slower than this one.
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
    "connectionType": "cellular4g",
}
SLOWER = 4
# The scripts of the page have run and it answers to a finger.
INTERACTIVE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=9, metavar="N", help="veces (9)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """Each time in a browser profile of its own: nothing is in its cache."""
    from playwright.sync_api import sync_playwright

    from lonja.config.workbench import chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps a loop in this thread
    path = _quote()
    address, stop = serve()
    visits: list[Visit] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find_or_install(), args=ARGUMENTS
        )
        _visit(browser, address + path, throttled=False)  # the server is warm
        for _time in range(args.times):
            visits.append(_visit(browser, address + path, throttled=True))
        browser.close()
    stop()
    median, worst = percentiles([one.ready for one in visits])
    yield Result(
        "public",
        engine(),
        n=args.times,
        p50_ms=median,
        p95_ms=worst,
        more={
            "painted_p50_ms": percentiles([one.seen for one in visits])[0],
            "kb": round(max(one.size for one in visits) / 1000, 1),
            "font_kb": round(max(one.font for one in visits) / 1000, 1),
            "total_kb": round(max(one.size + one.font for one in visits) / 1000, 1),
        },
    )


class Visit(NamedTuple):
    """Milliseconds until it can be used and until it is seen; bytes that came over the network,
    heads included: the page with its styles and scripts, and the letter, which the text does not
    wait for."""

    ready: float
    seen: float
    size: int
    font: int


def _visit(browser: Any, url: str, *, throttled: bool) -> Visit:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="es-ES"
    )
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    came = {True: 0, False: 0}

    def told(one: dict[str, Any]) -> None:
        addresses[one["requestId"]] = one["response"]["url"]

    def ended(one: dict[str, Any]) -> None:
        came[addresses.get(one["requestId"], "").endswith(".woff2")] += one["encodedDataLength"]

    devtools.on("Network.responseReceived", told)
    devtools.on("Network.loadingFinished", ended)
    devtools.send("Network.enable")
    if throttled:
        devtools.send("Network.emulateNetworkConditions", NETWORK)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    answer = page.goto(url, wait_until="load")
    if answer is None or answer.status != 200:
        raise SystemExit("La página del presupuesto no se abrió.")
    page.evaluate("document.fonts.ready.then(() => true)")
    visit = Visit(
        float(page.evaluate(INTERACTIVE)), float(page.evaluate(PAINTED)), came[False], came[True]
    )
    context.close()
    return visit


def _quote() -> str:
    """The path of the public page of a quote just sent."""
    from lonja.accounts.scope import scope
    from lonja.config.bench.sign import sent_quotes
    from lonja.sales.models import PublicLink

    with scope(sent_quotes(1, biometrics=False)):
        return f"/p/{PublicLink.objects.get().token}/"
