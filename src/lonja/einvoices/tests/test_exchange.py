"""The door of the exchange between businesses is declared, and nothing is offered behind it."""

import inspect

from lonja.einvoices.exchange.port import ExchangePort, channels
from lonja.einvoices.face.port import SoapFace


def test_no_channel_is_offered_before_one_exists():
    assert channels() == {}


def test_the_port_asks_for_what_the_regulation_wants():
    asked = {name for name, _member in inspect.getmembers(ExchangePort, inspect.isfunction)}
    assert {"send", "send_copy", "tell", "notices", "arrivals"} <= asked
    # FACe is the entry of the administrations, not a channel between businesses.
    assert not hasattr(SoapFace, "send_copy")
