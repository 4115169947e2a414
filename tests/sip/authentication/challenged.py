"""Requests, challenges to them, and what a client says in return."""

from __future__ import annotations

import itertools

from sip.authentication.authorization import Authorization
from sip.authentication.client import DigestClient, Unanswerable
from sip.authentication.credentials import Credentials
from sip.authentication.digest import request_digest
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response, make_response
from tests.sip.transaction_messages import a_request

ALICE = Credentials("alice", "wonderland")


def a_client(credentials: Credentials = ALICE) -> DigestClient:
    """Its client nonces are `cnonce1`, `cnonce2`, …."""
    serial = itertools.count(1)
    return DigestClient(credentials, lambda: f"cnonce{next(serial)}")


def register() -> Request:
    return a_request("REGISTER", uri="sip:192.0.2.2")


def digest(nonce: str = "n1", more: str = "", *, realm: str = "hall", qop: str = "auth") -> str:
    """The value of a challenge header field."""
    return ", ".join(
        part
        for part in (
            f'Digest realm="{realm}", nonce="{nonce}"',
            f'qop="{qop}"' if qop else "",
            more,
        )
        if part
    )


def unauthorized(request: Request, *challenges: str) -> Response:
    """A 401 with these challenges."""
    return make_response(
        request, 401, headers=[("WWW-Authenticate", challenge) for challenge in challenges]
    )


def proxy_wants(request: Request, *challenges: str) -> Response:
    """A 407 with these challenges."""
    return make_response(
        request, 407, headers=[("Proxy-Authenticate", challenge) for challenge in challenges]
    )


def answered(client: DigestClient, request: Request, response: Response) -> Request:
    """The client's answer, which there must be."""
    again = client.answer(request, response)
    assert isinstance(again, Request), again
    return again


def unanswered(client: DigestClient, request: Request, response: Response) -> Unanswerable:
    """Why the client does not answer, which it must not."""
    reason = client.answer(request, response)
    assert isinstance(reason, Unanswerable)
    return reason


def said(request: Request, header: str = "Authorization") -> Authorization:
    """The credentials in `request`, of which there must be exactly one."""
    (text,) = request.headers.get_all(header)
    return Authorization.parse(text)


def is_right(authorization: Authorization, request: Request, who: Credentials = ALICE) -> bool:
    """Whether the digest is what the password gives."""
    terms = authorization.terms
    assert terms is not None
    return authorization.uri == str(request.uri) and authorization.response == request_digest(
        terms, who.username, who.password, request.method, authorization.uri, request.body
    )


def without_credentials(request: Request) -> Headers:
    return request.headers.without("Authorization").without("Proxy-Authorization")
