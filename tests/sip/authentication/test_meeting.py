"""Client and server meet, whatever they agree on and whatever the names are made of."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sip.authentication.client import Obstacle
from sip.authentication.credentials import Credentials
from sip.authentication.digest import Algorithm, Qop
from sip.authentication.server import Accepted, DigestServer, Refused
from sip.syntax.message import Request, Response, make_response, parse_message
from tests.sip.authentication.challenged import a_client, answered, unanswered
from tests.sip.transaction_messages import a_request

ODD = st.text(
    st.sampled_from('aZ0 "\\,;=:\t%ü漢😀\x7f\x01')
    | st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"),
    max_size=20,
)
ALGORITHMS = st.lists(st.sampled_from(Algorithm), min_size=1, max_size=3, unique=True)
QOPS = st.lists(st.sampled_from(Qop), max_size=2, unique=True)
METHODS = st.sampled_from(["INVITE", "REGISTER", "OPTIONS", "MESSAGE"])
SECRET = b"s" * 32


def over_the_wire(request: Request) -> Request:
    read = parse_message(bytes(request))
    assert isinstance(read, Request)
    return read


def challenged(server: DigestServer, request: Request, *, stale: bool = False) -> Response:
    response = make_response(request, 401, headers=server.challenge(1.0, stale))
    read = parse_message(bytes(response))
    assert isinstance(read, Response)
    return read


@given(
    username=ODD,
    password=ODD.filter(bool),
    realm=ODD,
    algorithms=ALGORITHMS,
    qops=QOPS,
    method=METHODS,
    body=st.binary(max_size=50),
)
def test_right_password_is_accepted_and_wrong_one_refused(
    username: str,
    password: str,
    realm: str,
    algorithms: list[Algorithm],
    qops: list[Qop],
    method: str,
    body: bytes,
) -> None:
    server = DigestServer(
        realm,
        {username: password}.get,
        SECRET,
        algorithms=tuple(algorithms),
        qops=tuple(qops),
    )
    request = replace(a_request(method), body=body)

    client = a_client(Credentials(username, password))
    first = answered(client, request, challenged(server, request))
    assert server.verify(over_the_wire(first), 1.0) == Accepted(username)
    second = client.authorize(first)
    if qops:
        assert server.verify(over_the_wire(second), 1.0) == Accepted(username)
        late = client.authorize(first)
        assert server.verify(over_the_wire(late), 1000.0) == Refused(
            "the nonce is older than 300 s", stale=True
        )
        third = answered(client, late, challenged(server, late, stale=True))
        assert server.verify(over_the_wire(third), 1.0) == Accepted(username)

    liar = a_client(Credentials(username, password + "x"))
    guess = answered(liar, request, challenged(server, request))
    assert server.verify(over_the_wire(guess), 1.0) == Refused("unknown user or wrong password")
    refusal = unanswered(liar, guess, challenged(server, guess))
    assert refusal.obstacle is Obstacle.WRONG_PASSWORD


@given(body=st.binary(max_size=50), other=st.binary(max_size=50))
def test_auth_int_notices_another_body(body: bytes, other: bytes) -> None:
    """RFC 7616 §3.4.3."""
    server = DigestServer("r", {"a": "b"}.get, SECRET, qops=(Qop.AUTH_INT,))
    request = replace(a_request("INVITE"), body=body)
    signed = answered(a_client(Credentials("a", "b")), request, challenged(server, request))
    verdict = server.verify(replace(signed, body=other), 1.0)
    assert isinstance(verdict, Accepted) == (body == other)
