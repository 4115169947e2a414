"""Which transaction a message belongs to (RFC 3261 §17.1.3, §17.2.3 and §9.2)."""

from typing import NamedTuple

from sip.flow import Transport
from sip.syntax.message import Request, Response
from sip.syntax.via import Via


class ClientKey(NamedTuple):
    """What a response and the request that it answers have in common.

    Branches are parameter values, so their case does not count (§7.3.1).
    """

    branch: str
    method: str


class ServerKey(NamedTuple):
    """What a request, its copies and its ACK have in common."""

    sent_by: tuple[str, int | None]
    branch: str
    method: str
    legacy: tuple[str, ...] = ()
    """What an RFC 2543 peer is told apart by; empty where the branch is unique."""


def client_key_of_request(request: Request) -> ClientKey:
    """The key under which answers to our `request` will be looked for."""
    return ClientKey(request.top_via.branch.lower(), request.method)


def client_key_of_response(response: Response) -> ClientKey:
    """The key of the request that `response` says it answers."""
    return ClientKey(response.top_via.branch.lower(), response.cseq.method)


def server_key(
    request: Request, *, method: str | None = None, to_tag: str | None = None
) -> ServerKey:
    """The key of the transaction that `request` opens, repeats or acknowledges.

    An ACK has the key of its INVITE. `method` and `to_tag` stand in for those of the request:
    to find the INVITE that a CANCEL is for, or what an RFC 2543 ACK acknowledges.
    """
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    via = request.top_via
    sent_by = (via.host.lower(), via.port)
    branch = via.branch.lower()
    if via.has_unique_branch:
        return ServerKey(sent_by, branch, method)
    if to_tag is None:
        to_tag = request.to.tag or ""
    legacy = (
        str(request.uri),
        request.from_.tag or "",
        to_tag,
        request.call_id,
        str(request.cseq.number),
        via.transport,
    )
    return ServerKey(sent_by, branch, method, legacy)


def same_sent_by(ours: Via, answered: Via) -> bool:
    """Whether a response was meant for the place that our request named (§18.1.2)."""
    return ours.host.lower() == answered.host.lower() and _port(ours) == _port(answered)


def _port(via: Via) -> int:
    if via.port is not None:
        return via.port
    return (Transport.TLS if via.transport == "TLS" else Transport.UDP).default_port
