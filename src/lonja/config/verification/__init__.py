"""Whether what is written agrees with itself: records, numbers, totals, ledger, files, references.

Nothing is changed. Every part takes an open scope and yields `Problem`s, streaming, so that memory
stays flat; no part trusts the triggers that should have kept the rows from being altered.
"""

from lonja.config.verification.problems import Problem, Report
from lonja.config.verification.run import verify

__all__ = ["Problem", "Report", "verify"]
