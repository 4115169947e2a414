"""Callers that prove by a password who they are: the challenge, the answer, the call."""

import itertools

import pytest

from conf.settings import AccountSettings
from sip.authentication.client import DigestClient, Unanswerable
from sip.authentication.credentials import Credentials
from sip.flow import Flow, Transport
from sip.syntax.message import Request, Response, make_response
from speaker.calls.caller_authentication import CallerAuthentication
from tests.speaker.calling import call_from
from tests.speaker.stage import Stage

ACCOUNT = AccountSettings.model_validate(
    {"id": "door", "default": True, "callers": ({"username": "desk", "password": "secret"},)}
)
OTHER = AccountSettings.model_validate(
    {"id": "gate", "callers": ({"username": "desk", "password": "other"},)}
)
SECRET = bytes(32)
INVITE = call_from("127.0.0.1").request


def answered(
    request: Request, challenge: tuple[tuple[str, str], ...], username: str, password: str
) -> Request:
    """`request` once more, as a phone that knows this password sends it after a 401."""
    serial = itertools.count()
    client = DigestClient(Credentials(username, password), lambda: f"client{next(serial)}")
    again = client.answer(request, make_response(request, 401, headers=challenge))
    assert not isinstance(again, Unanswerable)
    return again


def test_a_password_of_the_account_proves_who_calls_it() -> None:
    callers = CallerAuthentication([ACCOUNT, OTHER], SECRET)
    challenge = callers.challenge(ACCOUNT, 0.0, stale=False)
    right = answered(INVITE, challenge, "desk", "secret")
    assert callers.proof(ACCOUNT, right, 1.0).username == "desk"


def test_nothing_else_proves_anything() -> None:
    callers = CallerAuthentication([ACCOUNT, OTHER], SECRET)
    challenge = callers.challenge(ACCOUNT, 0.0, stale=False)
    wrong = answered(INVITE, challenge, "desk", "other")
    unknown = answered(INVITE, challenge, "eve", "secret")
    right = answered(INVITE, challenge, "desk", "secret")
    assert callers.proof(ACCOUNT, INVITE, 1.0).username == ""
    assert callers.proof(ACCOUNT, wrong, 1.0).username == ""
    assert callers.proof(ACCOUNT, unknown, 1.0).username == ""
    assert callers.proof(OTHER, right, 1.0).username == ""
    assert callers.proof(None, right, 1.0).username == ""


def test_a_proof_is_good_once_and_not_for_long() -> None:
    """RFC 7616 §5.12: who has overheard it cannot use it."""
    callers = CallerAuthentication([ACCOUNT], SECRET)
    right = answered(INVITE, callers.challenge(ACCOUNT, 0.0, stale=False), "desk", "secret")
    assert callers.proof(ACCOUNT, right, 1.0).username == "desk"
    replayed = callers.proof(ACCOUNT, right, 2.0)
    assert (replayed.username, replayed.stale) == ("", True)
    late = answered(INVITE, callers.challenge(ACCOUNT, 0.0, stale=False), "desk", "secret")
    assert callers.proof(ACCOUNT, late, 100_000.0).stale


def test_challenges_of_an_account_and_of_none_look_alike() -> None:
    """A scanner cannot tell users that exist from others."""
    callers = CallerAuthentication([ACCOUNT], SECRET)
    ours = callers.challenge(ACCOUNT, 0.0, stale=False)
    nobodys = callers.challenge(None, 0.0, stale=False)
    assert [(name, len(value)) for name, value in ours] == [
        (name, len(value)) for name, value in nobodys
    ]


@pytest.mark.parametrize(("md5_only", "offered"), [(False, ["SHA-256", "MD5"]), (True, ["MD5"])])
def test_phones_that_know_md5_alone_can_be_spared_the_rest(
    md5_only: bool, offered: list[str]
) -> None:
    """Some give up when they see a challenge that they do not understand (RFC 8760 §2.4)."""
    account = ACCOUNT.model_copy(update={"callers_md5_only": md5_only})
    callers = CallerAuthentication([account], SECRET)
    for asked in (account, None):
        challenge = callers.challenge(asked, 0.0, stale=False)
        assert [
            algorithm
            for _, value in challenge
            for algorithm in ("SHA-256", "MD5")
            if f"algorithm={algorithm}" in value
        ] == offered


def test_a_phone_that_is_challenged_calls_again_and_is_answered() -> None:
    stage = Stage({"sip": {"accounts": [{"id": "door", "default": True,
                  "callers": [{"username": "alice", "password": "secret"}]}]}})  # fmt: skip
    stage.call()
    (refusal,) = stage.pair.bob.sent("401 INVITE")
    assert isinstance(refusal, Response)
    assert "bob 200 INVITE" not in stage.pair.ladder
    (invite,) = stage.pair.alice.sent("INVITE")
    assert isinstance(invite, Request)
    challenge = tuple(
        (name, value) for name, value in refusal.headers if name == "WWW-Authenticate"
    )
    again = answered(invite, challenge, "alice", "secret")
    data = bytes(again).replace(b"CSeq: 1 INVITE", b"CSeq: 2 INVITE")
    data = data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKagain")
    flow = Flow(Transport.UDP, stage.pair.bob.address, stage.pair.alice.address)
    stage.pair.bob.do(stage.pair.bob.agent.receive(data, flow, stage.pair.now))
    assert "bob 200 INVITE" in stage.pair.ladder
    assert stage.state() == "talking"


def refusal_of(stage: Stage, user: str) -> Response:
    """What the device says to a call to `user`."""
    invite = call_from("192.0.2.1", to=user).request
    flow = Flow(Transport.UDP, stage.pair.bob.address, stage.pair.alice.address)
    data = bytes(invite).replace(b"1@192.0.2.20", f"{user}@192.0.2.20".encode())
    data = data.replace(b"z9hG4bK776", f"z9hG4bK{user}".encode())
    stage.pair.bob.do(stage.pair.bob.agent.receive(data, flow, stage.pair.now))
    (*_, refusal) = (message for _, name, message in stage.pair.wire if name == "bob")
    assert isinstance(refusal, Response)
    return refusal


@pytest.mark.parametrize("callers", [[], [{"username": "desk", "password": "secret"}]])
@pytest.mark.parametrize("networks", [["any"], ["203.0.113.0/24"]])
def test_a_user_that_exists_and_one_that_does_not_are_refused_alike(
    callers: list[object], networks: list[str]
) -> None:
    """To the letter, but for what is the caller's own and for random words."""
    stage = Stage(
        {
            "sip": {
                "allowed_callers": networks,
                "accounts": [
                    {"id": "off", "default": True, "active": False},
                    {"id": "door", "user_id": "1003", "active": bool(callers), "callers": callers},
                ],
            }
        }
    )
    there, nowhere = refusal_of(stage, "1003"), refusal_of(stage, "1004")
    assert there.code == (401 if callers and networks == ["any"] else 403)
    assert (there.code, there.reason) == (nowhere.code, nowhere.reason)
    assert [(name, len(value)) for name, value in there.headers] == [
        (name, len(value)) for name, value in nowhere.headers
    ]
