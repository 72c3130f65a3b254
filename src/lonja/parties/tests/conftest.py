"""What the browser tests of this room need: commits that are real."""

from lonja.billing.tests.conftest import real_commits

__all__ = ["real_commits"]
