"""What must hold for Digest whatever the other side writes into its header fields."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Final

from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.client import DigestClient, Unanswerable
from sip.authentication.credentials import Credentials
from sip.authentication.digest import request_digest
from sip.authentication.fields import Asker
from sip.authentication.server import DigestServer, Refused
from sip.errors import MalformedHeader, MalformedMessage
from sip.syntax.message import Request, Response, parse_message
from tests.sip.wire import request, response

WHO: Final = Credentials("hall-speaker", "tea-at-five")
ENOUGH: Final = 3
"""One who always says the same is answered once, and then seen through."""

SEEDS: Final = (
    b'WWW-Authenticate: Digest realm="a", nonce="b", qop="auth,auth-int", opaque="", stale=true',
    b'WWW-Authenticate: Digest realm="a",nonce="b",algorithm=SHA-256,userhash=true\r\n'
    b'WWW-Authenticate: Digest realm="a",nonce="c",algorithm=MD5-sess,charset=UTF-8',
    b'Proxy-Authenticate: Digest realm="\\"a\\\\", nonce=b, qop=auth-int, algorithm=SHA-512-256\r\n'
    b"WWW-Authenticate: Basic realm=x",
    b'WWW-Authenticate: Digest realm="a", nonce="b", qop="auth"\r\n'
    b'Authentication-Info: nextnonce="c", qop=auth, rspauth="00", cnonce="token1", nc=00000001',
    b'Authorization: Digest username="hall-speaker", realm="a", nonce="b", uri="sip:a", '
    b'response="00", algorithm=SHA-256, cnonce="c", qop=auth, nc=00000001',
    b"Authorization: Digest username*=UTF-8''hall%2dspeaker,realm=a,nonce=b,uri=c,response=d",
)


def resist(fields: bytes) -> None:
    """Answer a challenge with these header fields, and judge them as credentials."""
    whole = response("401 Unauthorized").removesuffix(b"\r\n") + fields + b"\r\n\r\n"
    try:
        message = parse_message(whole)
    except MalformedMessage:
        return
    assert isinstance(message, Response)
    _resist_challenge(message)
    _resist_credentials(message)


def _resist_challenge(challenge: Response) -> None:
    serial = itertools.count(1)
    client = DigestClient(WHO, lambda: f"token{next(serial)}")
    first = latest = _request()
    for _ in range(ENOUGH):
        answer = client.answer(latest, challenge)
        if isinstance(answer, Unanswerable):
            break
        _check(answer, challenge)
        latest = _read_again(answer)
        client.confirm(latest, challenge)
        _check(client.authorize(first), None)
    else:
        raise AssertionError("the same challenge is answered again and again")


def _check(answer: Request, challenge: Response | None) -> None:
    """It is the request that was to be sent, with credentials that are right, and no password."""
    read = _read_again(answer)
    assert WHO.password.encode() not in bytes(answer)
    bare = answer.headers.without("Authorization").without("Proxy-Authorization")
    assert replace(answer, headers=bare) == _request()
    for asker in Asker:
        asked = set() if challenge is None else _asked(challenge, asker)
        for text in read.headers.get_all(asker.credentials):
            authorization = Authorization.parse(text)
            terms = authorization.terms
            assert terms is not None
            assert challenge is None or (authorization.realm, authorization.nonce) in asked
            assert authorization.response == request_digest(
                terms, WHO.username, WHO.password, read.method, str(read.uri), read.body
            )


def _asked(challenge: Response, asker: Asker) -> set[tuple[str, str]]:
    """Realm and nonce of everything that can be read of it."""
    asked = set()
    for text in challenge.headers.get_all(asker.challenge):
        try:
            read = Challenge.parse(text)
        except MalformedHeader:
            continue
        asked.add((read.realm, read.nonce))
    return asked


def _resist_credentials(message: Response) -> None:
    server = DigestServer("a", {WHO.username: WHO.password}.get, b"s" * 32)
    verdict = server.verify(replace(_request(), headers=message.headers), 1.0)
    assert isinstance(verdict, Refused)
    assert not verdict.stale


def _request() -> Request:
    return _read(request("MESSAGE", body=b"hello"))


def _read_again(message: Request) -> Request:
    return _read(bytes(message))


def _read(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message
