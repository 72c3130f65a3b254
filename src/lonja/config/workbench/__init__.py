"""What developers' commands need: a browser, a temporary PostgreSQL, checks of our own."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]


class Missing(Exception):
    """Something the machine lacks; the message says the exact command that mends it."""
