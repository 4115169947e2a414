"""Where the server at the other end of a connection wants to be reached by it (RFC 5923)."""

from sip.errors import MalformedHeader, MalformedMessage
from sip.flow import Address, Flow
from sip.syntax.message import Request, parse_message


def alias_of(data: bytes, flow: Flow) -> Address | None:
    """The address that new requests of ours to the sender may take the connection `flow` for.

    It is told by the parameter `alias` of the topmost Via (§8.1); the host is the one that the
    message really came from, the port that of sent-by.
    """
    try:
        message = parse_message(data)
        if not isinstance(message, Request) or "alias" not in message.top_via.parameters:
            return None
        port = message.top_via.port or flow.transport.default_port
    except (MalformedMessage, MalformedHeader):
        return None
    return Address(flow.remote.host, port)
