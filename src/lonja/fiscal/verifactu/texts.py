"""The words of this package, in the language of whoever reads.

The records must be buildable and auditable without a configured Django (the auditor also runs
over exported files): there they stay in Spanish, as they are written.
"""

from lonja.kit.words import _, gettext_noop

__all__ = ["_", "gettext_noop"]
