"""The run as a whole: the collector of rubbish comes seldom, and the long files begin first."""

import gc

import pytest

# Modules, models and tests stay until the end, and the ORM leaves much behind: by Python's own
# measure the collector took one second of every thirteen. A test process may grow a little.
gc.set_threshold(50_000, 20, 50)

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
    gc.collect()
    gc.freeze()
