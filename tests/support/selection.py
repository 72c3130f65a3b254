"""Which tests each pass of `./lonja test` runs.

The first pass runs everything on SQLite except what needs PostgreSQL. The second runs on
PostgreSQL whatever uses the database; what does not would only be the same again, and the
browser sees the same pages (except for the journeys, marked `both`). A plain `pytest` runs the
first pass with what it finds.
"""

import os

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}


@pytest.hookimpl(tryfirst=True)  # Hypothesis reads the whole program when one of its tests stays
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not belongs(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if belongs(item)]


def belongs(item: pytest.Item) -> bool:
    """Whether this pass runs the test."""
    if on("LONJA_TEST_SKIP_BROWSER") and item.get_closest_marker("browser"):
        return False
    if on("LONJA_TEST_SKIP_DOVECOT") and item.get_closest_marker("dovecot"):
        return False
    if on("LONJA_TEST_SKIP_SLOW") and item.get_closest_marker("slow"):
        return False
    if os.environ.get("LONJA_TEST_PASS") == "postgres":
        if item.get_closest_marker("postgres"):
            return True
        if item.get_closest_marker("both"):
            return True
        return uses_database(item) and not (
            item.get_closest_marker("browser") or item.get_closest_marker("sqlite")
        )
    return item.get_closest_marker("postgres") is None


def uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES)


def on(name: str) -> bool:
    return os.environ.get(name) == "1"
