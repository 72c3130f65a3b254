"""A discount beyond the limit of who gives it: asked, given or denied, never taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.activity.notices import notify
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent, format_quantity
from lonja.kit.text import clean_line
from lonja.sales import permissions
from lonja.sales.models import ApprovalState, Quote, QuoteApproval, QuoteLine, QuoteStatus
from lonja.sales.policy import Discount, approvers, discount_of, limit_of


@dataclass(frozen=True)
class Need:
    """What a quote needs to be sent by a member. `who` may give it; `asked` waits for an answer."""

    discount: Discount
    limit: Decimal
    who: list[Membership]
    asked: QuoteApproval | None
    denied: QuoteApproval | None

    @property
    def names(self) -> str:
        """«Marta», «Marta o Jordi»: the first three, by first name."""
        first = [one.name.split(" ")[0] for one in self.who[:3]]
        return _(" o ").join(first) or _("quien administra")


def need_of(
    quote: Quote, by: Membership | None, rows: Sequence[QuoteLine] | None = None
) -> Need | None:
    """None when `by` may send the quote as it is saved, or with those lines. Nobody (a job) is
    who edited it last."""
    member = by or quote.edited_by or quote.created_by or quote.agent
    if member is None:
        return None
    limit = limit_of(member, quote.company)
    if limit is None:
        return None
    discount = discount_of(quote, quote.lines.select_related("product") if rows is None else rows)
    if discount.pct <= limit:
        return None
    asked = list(quote.approvals.filter(version=quote.version))
    if any(one.state == ApprovalState.GIVEN and discount.pct <= one.discount_pct for one in asked):
        return None
    last = asked[0] if asked else None
    waiting = last is not None and last.state == ApprovalState.ASKED
    return Need(
        discount,
        limit,
        list(approvers(quote.company, discount.pct, member)),
        last if last and waiting and last.discount_pct >= discount.pct else None,
        last if last and last.state == ApprovalState.DENIED else None,
    )


def refuse_over_limit(quote: Quote, by: Membership | None) -> None:
    """Raise Refused("discount_limit") when the discounts need an approval they do not have."""
    need = need_of(quote, by)
    if need is None:
        return
    words = {
        "pct": format_percent(need.discount.pct),
        "concept": need.discount.concept,
        "limit": format_percent(need.limit),
        "who": need.names,
    }
    if need.discount.concept:
        text = _(
            "El descuento de «%(concept)s» llega al %(pct)s y tu límite es %(limit)s. Necesita "
            "aprobación de %(who)s."
        )
    else:
        text = _(
            "Los descuentos suman un %(pct)s y tu límite es %(limit)s. Necesita aprobación de "
            "%(who)s."
        )
    raise Refused("discount_limit", text % words)


@transaction.atomic
def ask_approval(quote: Quote, *, by: Membership, reason: str = "") -> QuoteApproval | None:
    """Ask whoever may for the discounts of a draft. None when it needs none; twice is once."""
    quote = Quote.objects.locked(quote)
    if quote.status != QuoteStatus.DRAFT:
        return None
    need = need_of(quote, by)
    if need is None:
        return None
    if need.asked is not None:
        return need.asked
    asked = QuoteApproval.objects.create(
        quote=quote,
        version=quote.version,
        discount_pct=need.discount.pct,
        limit_pct=need.limit,
        reason=clean_line(reason)[:300],
        asked_by=by,
    )
    notify(
        need.who,
        "sales.approval",
        lambda: (
            _("%(who)s pide aprobar un %(pct)s de descuento en %(number)s")
            % {"who": by.name, "pct": format_percent(asked.discount_pct), "number": quote.number}
        ),
        about=quote,
        key=f"sales.approval:{asked.pk}",
    )
    pct = format_quantity(asked.discount_pct)
    record(by, "sales.approval_asked", quote, pct=pct, reason=asked.reason)
    return asked


def may_decide(approval: QuoteApproval, member: Membership) -> bool:
    """Whether a member may answer: with the permission and a limit of their own that reaches."""
    if not member.can(permissions.APPROVE) or member.pk == approval.asked_by_id:
        return False
    limit = limit_of(member, approval.quote.company)
    return limit is None or limit >= approval.discount_pct


@transaction.atomic
def decide_approval(
    approval: QuoteApproval, *, give: bool, by: Membership, answer: str = ""
) -> QuoteApproval:
    """Give or deny it. Raises Refused: `approval_denied_to_you`, `approval_answered`."""
    quote = Quote.objects.locked(approval.quote_id)
    approval = QuoteApproval.objects.select_related("asked_by__user", "quote__company").get(
        pk=approval.pk
    )
    if not may_decide(approval, by):
        raise Refused("approval_denied_to_you", _("No puedes aprobar este descuento."))
    if approval.state != ApprovalState.ASKED or approval.version != quote.version:
        raise Refused("approval_answered", _("Esta petición ya está contestada."))
    approval.state = ApprovalState.GIVEN if give else ApprovalState.DENIED
    approval.decided_by, approval.decided_at = by, timezone.now()
    approval.answer = clean_line(answer)[:300]
    approval.save()
    words = {
        "who": by.name,
        "pct": format_percent(approval.discount_pct),
        "number": quote.number,
    }

    def text() -> str:
        if give:
            return _("%(who)s ha aprobado el %(pct)s de descuento de %(number)s") % words
        return _("%(who)s no ha aprobado el %(pct)s de descuento de %(number)s") % words

    notify(
        [approval.asked_by],
        "sales.approval",
        text,
        about=quote,
        key=f"sales.approval:{approval.pk}:answer",
    )
    verb = "sales.approval_given" if give else "sales.approval_denied"
    record(by, verb, quote, pct=format_quantity(approval.discount_pct), answer=approval.answer)
    return approval
