from lonja.subscriptions.models.plan import (
    Plan,
    PlanLine,
    PlanStatus,
    PlanTerm,
    Unit,
    WhenDue,
)
from lonja.subscriptions.models.run import BillingRun, Obligation, Outcome

__all__ = [
    "BillingRun",
    "Obligation",
    "Outcome",
    "Plan",
    "PlanLine",
    "PlanStatus",
    "PlanTerm",
    "Unit",
    "WhenDue",
]
