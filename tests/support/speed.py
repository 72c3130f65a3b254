"""The run as a whole: what costs time in every test, and the long files first."""

import gc
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.test import client

from lonja.kit.memory import quiet_collector

# By Python's own measure the collector took one second of every thirteen, most of it going through
# modules, models and tests, which stay until the end. While they load it comes seldom too.
gc.set_threshold(50_000, 20, 50)

# How long an example takes says how loaded the machine is, not whether the code is right.
hypothesis.settings.register_profile(
    "no clock", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("no clock")

# What takes longest, longest first: a file is the work of one process, and one that began last
# would leave the others with nothing to do. The rest come in pytest's own order.
LONGEST = (
    "tests/architecture/test_walker.py",
    "tests/faults/",
    "tests/test_demo.py",
    "tests/test_migrations.py",
    "tests/journeys/",
    "tests/test_backups.py",
    "tests/test_supervisor.py",
    "tests/test_launcher.py",
    "src/lonja/tasks/tests/test_managing.py",
    "src/lonja/portal/tests/test_signing.py",
    "src/lonja/api/tests/test_sla_everywhere.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place)


def place(item: pytest.Item) -> int:
    """Its place among the longest; those that are not among them come after."""
    return next((n for n, name in enumerate(LONGEST) if item.nodeid.startswith(name)), 99)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    quiet_collector()


@pytest.fixture(scope="session", autouse=True)
def contexts_are_copied_once() -> Iterator[None]:
    """`response.context` is that of the page. Django's client also copies it again for each part
    and icon that the page includes, hundreds of them."""
    before = client.store_rendered_templates

    def store(kept: dict[str, Any], signal: Any, sender: Any, context: Any, **more: Any) -> None:
        seen = kept.setdefault("seen", {})
        if id(context) not in seen:
            seen[id(context)] = context
            before(kept, signal, sender, context=context, **more)

    client.store_rendered_templates = store
    yield
    client.store_rendered_templates = before
