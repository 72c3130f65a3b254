"""The words of this package, in the language of whoever reads.

The records must be buildable and auditable without a configured Django (the auditor also runs
over exported files): there they stay in Spanish, as they are written.
"""

from lonja.kit.words import _

__all__ = ["_", "gettext_noop"]


def gettext_noop(text: str) -> str:
    """The same text: only marked, for a table of the module that is translated when it is read."""
    return text
