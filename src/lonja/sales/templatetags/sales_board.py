"""The cards of the embudo, made in Python: there are a hundred on a board, and in a template they
were half of its time."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.sales.board import Card
from lonja.ui.cells import avatar, escaped, icon
from lonja.ui.formats import money

register = template.Library()


@register.simple_tag(takes_context=True)
def offer_cards(context: Context, cards: Iterable[Card]) -> SafeString:
    """The `<li>` of each oferta; inside `{% with oob=True %}`, those that change on the page."""
    query = escaped(context["board"].query)
    oob = ' hx-swap-oob="morph"' if context.get("oob") else ""
    may_edit = context.get("may_edit")
    mover = (_("Mover %(number)s a otra etapa"), _("Mover a… (M)"), _("Mover a…"))
    words = (_("Sin importe"), _("días en la etapa"))
    drawings: dict[str, str] = {}  # by agent: few of them, many cards
    parts: list[str] = []
    for card in cards:
        offer, url = card.offer, escaped(card.url)
        parts.append(
            f'<li class="board-card" id="oferta-{offer.pk}"{oob} data-card '
            f'hx-post="{url}etapa/{query}" hx-trigger="lonja:move" data-lose="{url}perdida/">'
            f'<div class="board-top"><a class="board-title" href="{url}" draggable="false">'
            f"{escaped(offer.title)}</a>"
        )
        if may_edit:
            label = escaped(mover[0] % {"number": offer.number})
            parts.append(
                '<details class="menu menu-end" data-mover><summary class="icon-btn icon-btn-s" '
                f'aria-label="{label}" title="{escaped(mover[1])}">{icon("dots", "s")}</summary>'
                f'<div class="menu-panel"><a class="menu-item" href="{url}etapa/">'
                f"{escaped(mover[2])}</a></div></details>"
            )
        amount = escaped(money(offer.amount_cents)) if offer.amount_cents else ""
        parts.append(
            f'</div><div class="board-client cut">{escaped(offer.party.display_name)}</div>'
            '<div class="board-foot"><span class="tn strong">'
            f"{amount or _nothing(words[0])}</span>"
            '<span class="grow"></span>'
        )
        if card.step:
            text = escaped(card.step.text)
            parts.append(
                f'<span class="step-dot step-{escaped(card.step.tone)}" title="{text}"></span>'
                f'<span class="sr">{text}.</span>'
            )
        days = ngettext("%(n)s día en la etapa", "%(n)s días en la etapa", card.days)
        parts.append(
            f'<span class="board-days" title="{escaped(days % {"n": card.days})}">{card.days}'
            f'<span aria-hidden="true"> d</span><span class="sr"> {escaped(words[1])}.</span>'
            "</span>"
        )
        if offer.agent:
            name = offer.agent.name
            if name not in drawings:
                drawings[name] = f'{avatar(name, "s")}<span class="sr">{escaped(name)}</span>'
            parts.append(drawings[name])
        parts.append("</div></li>")
    return mark_safe("".join(parts))


def _nothing(text: str) -> str:
    return f'<span class="z">{escaped(text)}</span>'
