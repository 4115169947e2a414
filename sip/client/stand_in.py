"""Another place for a request of ours, for when nobody at the first one could take it."""

from dataclasses import dataclass, replace

from sip.syntax.message import Request
from sip.syntax.uri import OpaqueUri, SipUri


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Where a request goes on when no server at the end of its `Way` was of any use.

    That is, when each of them kept silent, could not be reached or said 503. Whatever else somebody
    has answered shows that the request has arrived, and it is made nowhere a second time.
    """

    uri: SipUri
    """The Request-URI there."""

    routes: tuple[str, ...]
    """The Route there, in place of those that the request has."""

    hop: SipUri | OpaqueUri
    """What is located: the first route, or else the server that stands in."""

    def take(self, request: Request) -> Request:
        """The request as it is sent there, all but its CSeq (RFC 3261 §8.1.3.4)."""
        headers = request.headers.without("Route")
        for route in self.routes:
            headers = headers.with_added("Route", route)
        return replace(request, uri=self.uri, headers=headers)
