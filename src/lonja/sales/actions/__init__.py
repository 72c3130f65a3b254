from lonja.sales.actions.edit import (
    create_quote,
    duplicate_quote,
    new_version,
    save_quote,
)
from lonja.sales.actions.finish import finish_acceptance
from lonja.sales.actions.send import publish_quote, send_quote
from lonja.sales.actions.sign import accept_quote, ask_agent, reject_quote
from lonja.sales.actions.start import start_service
from lonja.sales.actions.track import record_section, record_view

__all__ = [
    "accept_quote",
    "ask_agent",
    "create_quote",
    "duplicate_quote",
    "finish_acceptance",
    "new_version",
    "publish_quote",
    "record_section",
    "record_view",
    "reject_quote",
    "save_quote",
    "send_quote",
    "start_service",
]
