"""Passwords of the tests: the same algorithm, with one turn instead of a million.

Hashing slowly is what protects a stolen database; here it only made a third of the office's tests
wait. Processes that the tests start (`lonja run`) hash as always.
"""

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import override_settings


class QuickHasher(PBKDF2PasswordHasher):
    iterations = 1


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.QuickHasher"]):
        yield
