from lonja.sales.actions.answer import answer_question, ask_agent, reject_quote
from lonja.sales.actions.approval import ask_approval, decide_approval, refuse_over_limit
from lonja.sales.actions.deposit import bill_deposit
from lonja.sales.actions.edit import create_quote, duplicate_quote, new_version, save_quote
from lonja.sales.actions.finish import finish_acceptance
from lonja.sales.actions.send import publish_quote, send_quote
from lonja.sales.actions.sign import accept_quote, sign_here
from lonja.sales.actions.start import start_service
from lonja.sales.actions.templates import quote_from_template, save_as_template
from lonja.sales.actions.track import record_section, record_view
from lonja.sales.actions.validity import extend_validity

__all__ = [
    "accept_quote",
    "answer_question",
    "ask_agent",
    "ask_approval",
    "bill_deposit",
    "create_quote",
    "decide_approval",
    "duplicate_quote",
    "extend_validity",
    "finish_acceptance",
    "new_version",
    "publish_quote",
    "quote_from_template",
    "record_section",
    "record_view",
    "refuse_over_limit",
    "reject_quote",
    "save_as_template",
    "save_quote",
    "send_quote",
    "sign_here",
    "start_service",
]
