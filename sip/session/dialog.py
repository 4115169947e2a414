"""The relationship of two user agents that their requests within a call run on (RFC 3261 §12)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.flow import Flow
from sip.syntax.address import NameAddress
from sip.syntax.headers import Headers
from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response
from sip.syntax.parameters import Parameters
from sip.syntax.uri import OpaqueUri, SipUri

MAXIMUM_HOPS: Final = "70"
"""Max-Forwards of every request of ours (RFC 3261 §8.1.1.6)."""

_NOT_IN_REQUEST_URI: Final = ("method",)


@dataclass(slots=True, kw_only=True)
class Dialog:
    """State of one dialog, early or confirmed, seen from our end.

    `local` and `remote` carry their tags; a peer of RFC 2543 may have none. Sequence numbers are
    those of the last request in each direction, 0 and None before the first.
    """

    call_id: str
    local: NameAddress
    remote: NameAddress
    contact: NameAddress
    """Ours, where the peer finds us."""

    remote_target: SipUri | OpaqueUri
    route_set: tuple[NameAddress, ...]
    flow: Flow
    """What the peer's last message came by."""

    owns_call_id: bool
    """We made the Call-ID, so after a glare we wait longer (§14.1)."""

    local_sequence: int
    remote_sequence: int | None

    @classmethod
    def called(cls, invite: Request, *, tag: str, contact: NameAddress, flow: Flow) -> Self:
        """Make the dialog of an INVITE that arrived (§12.1.1).

        Raises:
            MalformedHeader: not exactly one Contact with a SIP URI, or a malformed Record-Route.
        """
        if len(invite.contacts) != 1:
            raise MalformedHeader(f"{len(invite.contacts)} values, not one", header="Contact")
        target = invite.contacts[0].uri
        if not isinstance(target, SipUri):
            raise MalformedHeader(f"{target} is no SIP URI", header="Contact")
        return cls(
            call_id=invite.call_id,
            local=invite.to.with_parameter("tag", tag),
            remote=invite.from_,
            contact=contact,
            remote_target=target,
            route_set=invite.record_routes,
            flow=flow,
            owns_call_id=False,
            local_sequence=0,
            remote_sequence=invite.cseq.number,
        )

    @classmethod
    def calling(
        cls, invite: Request, response: Response, *, contact: NameAddress, flow: Flow
    ) -> Self:
        """Make the dialog of a response to our INVITE (§12.1.2).

        A response whose Contact or Record-Route cannot be read is still worth an ACK: it goes where
        the INVITE went.
        """
        dialog = cls(
            call_id=invite.call_id,
            local=invite.from_,
            remote=response.to,
            contact=contact,
            remote_target=invite.uri,
            route_set=_readable_route_set(response),
            flow=flow,
            owns_call_id=True,
            local_sequence=response.cseq.number,
            remote_sequence=None,
        )
        dialog.refresh(response)
        return dialog

    @property
    def next_hop(self) -> SipUri | OpaqueUri:
        """Where requests go next: the first route, strict or loose, or the peer itself (§8.1.2)."""
        return self.route_set[0].uri if self.route_set else self.remote_target

    def refresh(self, message: Request | Response) -> None:
        """Take the remote target from a target refresh request or the 2xx to ours (§12.2)."""
        try:
            contacts = message.contacts
        except MalformedHeader:
            return
        if contacts and isinstance(contacts[0].uri, SipUri):
            self.remote_target = contacts[0].uri

    def confirm(self, response: Response, flow: Flow) -> None:
        """Take the route anew from the 2xx to our INVITE (§13.2.2.4)."""
        self.route_set = _readable_route_set(response)
        self.flow = flow
        self.refresh(response)

    def take_request(self, request: Request, flow: Flow) -> bool:
        """Note a request of the peer; False if it is older than the last one (§12.2.2: 500)."""
        number = request.cseq.number
        if self.remote_sequence is not None and number < self.remote_sequence:
            return False
        self.remote_sequence = number
        self.flow = flow
        return True

    def request(
        self,
        method: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Request:
        """Build the next request of ours, all but its Via (§12.2.1.1)."""
        return self._build(method, self.next_sequence(), headers, body, content_type)

    def next_sequence(self) -> int:
        """The number of the next request of ours, taken."""
        self.local_sequence += 1
        return self.local_sequence

    def ack(self, sequence: int, *, body: bytes = b"") -> Request:
        """Build the ACK for a 2xx to our INVITE number `sequence`, all but its Via (§13.2.2.4)."""
        return self._build("ACK", sequence, (), body, SDP if body else "")

    def _build(
        self,
        method: str,
        sequence: int,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        content_type: str,
    ) -> Request:
        uri, routes = self._path()
        fields = [
            ("Max-Forwards", MAXIMUM_HOPS),
            *(("Route", str(route)) for route in routes),
            ("From", str(self.local)),
            ("To", str(self.remote)),
            ("Call-ID", self.call_id),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", str(self.contact)),
            *headers,
        ]
        if content_type:
            fields.append(("Content-Type", content_type))
        return Request(method, uri, Headers.of(*fields), body)

    def _path(self) -> tuple[SipUri | OpaqueUri, tuple[NameAddress, ...]]:
        """Request-URI and Route: a strict router takes the place of the peer (§12.2.1.1)."""
        target = _as_request_uri(self.remote_target)
        if not self.route_set:
            return target, ()
        first = self.route_set[0].uri
        if not isinstance(first, SipUri) or "lr" in first.parameters:
            return target, self.route_set
        peer = NameAddress("", self.remote_target, Parameters())
        return _as_request_uri(first), (*self.route_set[1:], peer)


def _readable_route_set(response: Response) -> tuple[NameAddress, ...]:
    try:
        return response.record_routes[::-1]
    except MalformedHeader:
        return ()


def _as_request_uri(uri: SipUri | OpaqueUri) -> SipUri | OpaqueUri:
    """Without what a Request-URI must not have (§19.1.1, table 1)."""
    if not isinstance(uri, SipUri):
        return uri
    parameters = uri.parameters
    for name in _NOT_IN_REQUEST_URI:
        parameters = parameters.without(name)
    return replace(uri, parameters=parameters, headers=())
