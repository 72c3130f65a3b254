"""What a customer does instead of signing: reject, or ask first; and our answer."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.language import speaking_to
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.documents.figures import writing_to
from lonja.kit.errors import Refused
from lonja.kit.text import clean_block, clean_line
from lonja.mail.outbox import queue_mail
from lonja.sales.actions.locking import locked_quote
from lonja.sales.actions.opportunities import follow_quotes
from lonja.sales.actions.sign import refuse_unless_open
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, Quote, QuoteQuestion, QuoteStatus
from lonja.sales.snapshot import language_of

# Each one is a mail to the agent: nobody asks more, and a script must not fill a mailbox.
PER_HOUR = 10


@transaction.atomic
def reject_quote(
    quote: Quote,
    *,
    reason: str,
    by: Membership | None = None,
    link: PublicLink | None = None,
    visitor: Visitor | None = None,
    at: datetime,
) -> Quote:
    """Mark it rejected, by the customer (with the link) or lost by a member. Twice is once."""
    quote = locked_quote(quote)
    if quote.status == QuoteStatus.REJECTED:
        return quote
    if link is not None:
        refuse_unless_open(quote, PublicLink.objects.get(pk=link.pk), at)
    quote.move_to(QuoteStatus.REJECTED)
    quote.rejected_at = at
    quote.reject_reason = clean_line(reason)[:300]
    quote.save()
    if quote.opportunity_id is not None:
        follow_quotes(quote.opportunity_id)
    data = {"ip": visitor.ip, "device": visitor.device} if visitor else {}
    record(by, "sales.quote_rejected", quote, reason=quote.reject_reason, **data)
    if link is not None:
        with speaking_to(quote.agent):
            tell_agent(
                quote,
                subject=_("%(client)s ha rechazado el presupuesto %(number)s"),
                text=_("Motivo: %(text)s")
                % {"text": quote.reject_reason or _("no ha dicho el motivo")},
                key=f"sales.rejected:{quote.pk}:{quote.version}",
            )
    return quote


def ask_agent(
    link: PublicLink, *, text: str, name: str, email: str, visitor: Visitor
) -> QuoteQuestion:
    """Keep a question of the customer and mail it to the agent. The same question goes once.

    Raises Refused: `question_empty`, `question_too_many` (PER_HOUR about the same version).
    """
    question = clean_block(text)[:4000]
    if len(question) < 3:
        raise Refused("question_empty", _("Escribe tu pregunta."), field="pregunta")
    digest = hashlib.sha256(f"{link.version.version}:{question}".encode()).hexdigest()[:20]
    try:
        return _keep_question(link, question, digest, clean_line(name)[:120], email)
    except IntegrityError:  # sent twice at once
        return QuoteQuestion.objects.get(quote_id=link.quote_id, digest=digest)


@transaction.atomic
def _keep_question(
    link: PublicLink, question: str, digest: str, name: str, email: str
) -> QuoteQuestion:
    quote = Quote.objects.locked(link.quote_id)
    asked = QuoteQuestion.objects.filter(quote=quote)
    lately = asked.filter(version=link.version, asked_at__gt=timezone.now() - timedelta(hours=1))
    if lately.count() >= PER_HOUR and not asked.filter(digest=digest).exists():
        raise Refused(
            "question_too_many",
            _("Ya nos han llegado varias preguntas tuyas. Espera un rato, o llámanos."),
            field="pregunta",
        )
    kept, fresh = QuoteQuestion.objects.get_or_create(
        quote=quote,
        digest=digest,
        defaults={"version": link.version, "name": name, "email": email, "text": question},
    )
    if fresh:
        with speaking_to(quote.agent):
            subject = _("%(client)s pregunta por el presupuesto %(number)s")
        tell_agent(
            quote,
            subject=subject,
            text=f"{question}\n\n{name}",
            key=f"sales.question:{quote.pk}:{digest}",
            reply_to=email,
        )
        record(None, "sales.quote_question", quote, question=question[:500], digest=digest)
    return kept


@transaction.atomic
def answer_question(question: QuoteQuestion, *, text: str, by: Membership) -> QuoteQuestion:
    """Keep the answer, show it on the customer's page and mail it. Answered once.

    Raises Refused: `answer_empty`, `already_answered`.
    """
    answer = clean_block(text)[:8000]
    if len(answer) < 2:
        raise Refused("answer_empty", _("Escribe la respuesta."), field="answer")
    question = QuoteQuestion.objects.locked(question)
    if question.answered_at is not None:
        raise Refused("already_answered", _("Esa pregunta ya tiene respuesta."))
    question.answer, question.answered_by = answer, by
    question.answered_at = timezone.now()
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    quote = Quote.objects.select_related("company", "party").get(pk=question.quote_id)
    to = question.email or quote.email or quote.party.email
    if to:
        context = {"quote": quote, "company": quote.company, "question": question, "agent": by}
        language = language_of(question.version.content)
        with writing_to(language):
            queue_mail(
                to=[to],
                subject=_("Respuesta sobre el presupuesto %(number)s") % {"number": quote.number},
                text=render_to_string("sales/mail/answer.txt", context),
                html=render_to_string("sales/mail/answer.html", context),
                reply_to=by.user.email,
                about=quote,
                company=quote.company,
                kind="sales.answer",
                language=language,
                key=f"sales.answer:{question.pk}",
            )
    record(by, "sales.quote_answered", quote, question=question.text[:200])
    return question


def tell_agent(quote: Quote, *, subject: str, text: str, key: str, reply_to: str = "") -> bool:
    """Queue a mail to the agent, or to the company when there is none. False: nobody to tell."""
    to = quote.agent.user.email if quote.agent else quote.company.email
    if not to:
        return False
    queue_mail(
        to=[to],
        subject=subject % {"client": quote.party.display_name, "number": quote.number},
        text=text,
        about=quote,
        company=quote.company,
        reply_to=reply_to,
        kind="sales.notice",
        key=key,
    )
    return True
