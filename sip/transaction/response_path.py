"""Where a request came from, written into it, and where its answers go.

RFC 3261 §18.2.1 and §18.2.2, RFC 3581 §4. The source is always known here, so no answer needs the
DNS (RFC 3263 §5). Where not even a new connection to the source succeeds, §5 would have us look for
other hosts of the name in the Via; that name is the sender's claim, and following it would let
anybody aim our answers at a third party.
"""

import dataclasses

from sip.flow import Address, Flow
from sip.syntax.message import Request


def with_source(request: Request, flow: Flow) -> Request:
    """`request` with `received` and `rport` of its topmost Via telling its real source.

    `received` is added where the sender named another host, and always along with `rport`.
    """
    via = request.top_via
    source = without_zone(flow.remote.host)
    if via.host.lower() == source and "rport" not in via.parameters:
        return request
    return request.with_top_via(via.with_received(source, flow.remote.port))


def response_flow(request: Request, flow: Flow) -> Flow:
    """The flow for the answers to `request`, which came by `flow`.

    Always to the host that really sent it, on unreliable transports to the port that the sender
    asked for (`rport`: the one it sent from), else to the port of its sent-by. On a connection it
    is the connection, and that same port for a new one once it is gone. `maddr` is not followed:
    it would let anybody aim our answers at a third party.
    """
    via = request.top_via
    if not flow.transport.reliable and "rport" in via.parameters:
        return flow
    port = via.port or flow.transport.default_port
    return dataclasses.replace(flow, remote=Address(flow.remote.host, port))


def without_zone(host: str) -> str:
    """An IP literal without the interface of a link-local address (`fe80::1%eth0`)."""
    return host.partition("%")[0]
