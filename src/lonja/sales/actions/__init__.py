from lonja.sales.actions.answer import answer_question, ask_agent, reject_quote
from lonja.sales.actions.edit import (
    create_quote,
    duplicate_quote,
    new_version,
    save_quote,
)
from lonja.sales.actions.finish import finish_acceptance
from lonja.sales.actions.send import publish_quote, send_quote
from lonja.sales.actions.sign import accept_quote, record_view, sign_here
from lonja.sales.actions.start import start_service

__all__ = [
    "accept_quote",
    "answer_question",
    "ask_agent",
    "create_quote",
    "duplicate_quote",
    "finish_acceptance",
    "new_version",
    "publish_quote",
    "record_view",
    "reject_quote",
    "save_quote",
    "send_quote",
    "sign_here",
    "start_service",
]
