"""A stand-in for the agency: the official WSDL and schemas, answering on this machine.

For tests and for trying out. `Agency` is its memory and its judgement; `AgencyServer` its door;
`Authority` makes the certificates that open it.
"""

from .authority import Authority
from .memory import Agency, Exchange, Mode
from .server import AgencyServer

__all__ = ["Agency", "AgencyServer", "Authority", "Exchange", "Mode"]
