"""The call flows of RFC 3665 §3 whose proxies and redirect servers ask, fail or send elsewhere.

Our user agent is Alice, and Bob where a flow says something of him; the test plays the others. As
in the RFC, every proxy asks for a password of its own realm, of which a nonce count serves once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Unpack

import pytest

from sip.account import Proxy
from sip.authentication.authorization import Authorization
from sip.authentication.credentials import Credentials
from sip.authentication.server import Accepted
from sip.flow import Address, Flow
from sip.session.endpoint import Effect
from sip.session.events import Answered, Ended, IncomingCall, Party, Progress
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response, make_response
from sip.syntax.uri import SipUri
from sip.transaction.effects import Send
from tests.sip.pair import ANSWER, OFFER, summarised
from tests.sip.scripted import Scripted, codes, from_peer
from tests.sip.town import Link, Server, Settings, Town, account, targets

ATLANTA: Final = "ss1.atlanta.example.com"
BILOXI: Final = "ss2.biloxi.example.com"
BOB: Final = "sip:bob@biloxi.example.com"
BOBS_PHONE: Final = "sip:bob@192.0.2.201"
BY_ATLANTA: Final = Proxy(uri=SipUri.parse(f"sip:{ATLANTA};lr"))
ALICES: Final = Credentials("alice", "atlanta")
IN_BILOXI: Final = Credentials("alice-of-biloxi", "biloxi")


class BobsPhone(Server):
    """It rings and answers at once."""

    def __init__(self) -> None:
        super().__init__("192.0.2.201", challenges=False)

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        self.requests.append((now, request))
        if request.method == "ACK":
            return []
        if request.method != "INVITE":
            return [make_response(request, 200)]
        contact = [("Contact", f"<{BOBS_PHONE}>")]
        body = OFFER if not request.body else ANSWER
        ok = make_response(request, 200, to_tag="bob", headers=contact)
        ok = replace(ok, headers=ok.headers.with_added("Content-Type", "application/sdp"))
        ringing = make_response(request, 180, to_tag="bob", headers=contact)
        return [ringing, replace(ok, body=body)]


@dataclass
class ProxyServer(Server):
    """Asks who calls (407), records its route, and passes on what it is shown the password for."""

    name: str = ""
    onward: Server = field(default_factory=BobsPhone)

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        mine = {each.top_via.branch for _, each in self.requests if each.method == "INVITE"}
        self.requests.append((now, request))
        if request.method == "ACK" and request.top_via.branch in mine:
            return []  # it ends what was refused, on this hop alone (RFC 3261 §17.1.1.3)
        if self.refusal:
            return [make_response(request, self.refusal, to_tag="proxy")]
        if self.challenges and request.method not in ("ACK", "CANCEL"):
            verdict = self.digest.verify(_as_seen_by_servers(request), now)
            if not isinstance(verdict, Accepted):
                asked = self.digest.challenge(now, verdict.stale)
                fields = [("Proxy-Authenticate", value) for _, value in asked]
                return [make_response(request, 407, to_tag="proxy", headers=fields)]
        trying = [make_response(request, 100)] if request.method == "INVITE" else []
        answers = self.onward.answer(self._passed_on(request), source, now)
        return [*trying, *(each for each in answers if each.code != 100)]

    def _passed_on(self, request: Request) -> Request:
        routes = request.headers.get_all("Route")
        headers = request.headers.without("Route")
        if routes[:1] == (f"<sip:{self.name};lr>",):
            routes = routes[1:]
        for route in routes:
            headers = headers.with_added("Route", route)
        if request.method == "INVITE":
            recorded = ("Record-Route", f"<sip:{self.name};lr>")
            headers = Headers((recorded, *headers))
        return replace(request, headers=headers)


def _as_seen_by_servers(request: Request) -> Request:
    """The credentials for proxies as those for the destination: a proxy checks the same digest."""
    headers = request.headers.without("Authorization")
    names = {"Proxy-Authorization": "Authorization"}
    return replace(request, headers=Headers((names.get(n, n), value) for n, value in headers))


class Alice(Town):
    """Our user agent, and the ladder of what it sends and hears."""

    def __init__(self, *neighbours: Server, **settings: Unpack[Settings]) -> None:
        names = {
            ATLANTA: targets("192.0.2.111"),
            BILOXI: targets("192.0.2.222"),
            "atlanta.example.com": targets("192.0.2.111", "192.0.2.112"),
        }
        super().__init__(*neighbours, names=names)
        self.ladder: list[str] = []
        mine: Settings = {
            "address_of_record": SipUri.parse("sip:alice@atlanta.example.com"),
            "credentials": ALICES,
            "proxies": (BY_ATLANTA,),
            "instance": "",
            **settings,
        }
        self.add(account(None, **mine))

    def _carry(self, send: Send) -> None:
        self.ladder.append(f"{summarised(send.message)} to {send.flow.remote.host}")
        super()._carry(send)

    def _arrived(self, message: Response, flow: Flow) -> Iterable[Effect]:
        self.ladder.append(f"{summarised(message)} from {flow.remote.host}")
        return super()._arrived(message, flow)


def steps(host: str, *messages: str) -> list[str]:
    """A part of the ladder, all with one neighbour: responses come from it, requests go to it."""
    ways = (f"{'from' if message[0].isdigit() else 'to'} {host}" for message in messages)
    return [f"{message} {way}" for message, way in zip(messages, ways, strict=True)]


CHALLENGED: Final = ("INVITE", "407 INVITE", "ACK")
ACCEPTED: Final = ("INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK")


def atlanta(onward: Server | None = None, host: str = "192.0.2.111") -> ProxyServer:
    passwords = {ALICES.username: ALICES.password}
    onward = onward or BobsPhone()
    return ProxyServer(
        host, realm="atlanta.example.com", passwords=passwords, name=ATLANTA, onward=onward
    )


def biloxi(onward: Server | None = None, user: Credentials = ALICES) -> ProxyServer:
    return ProxyServer(
        "192.0.2.222",
        realm="biloxi.example.com",
        passwords={user.username: user.password},
        name=BILOXI,
        onward=onward or BobsPhone(),
    )


def credentials(request: Request) -> dict[str, Authorization]:
    """What a request says to each realm that asks proxies' users."""
    texts = request.headers.get_all("Proxy-Authorization")
    return {each.realm: each for each in map(Authorization.parse, texts)}


def routes(request: Request) -> tuple[str, ...]:
    return request.headers.get_all("Route")


def test_3_2_session_establishment_through_two_proxies_as_alice() -> None:
    """RFC 3665 §3.2: the first asks who calls; both stay in the way, for ACK and BYE as well.

    It is Alice who hangs up here: F20 of the RFC, where Bob does, is the next test.
    """
    second = biloxi(BobsPhone())
    second.challenges = False
    first = atlanta(second)
    alice = Alice(first)
    session = alice.call(BOB)
    alice.run(1)
    alice.hang_up(session)
    alice.run(1)
    assert alice.ladder == steps(first.host, *CHALLENGED, *ACCEPTED, "BYE", "200 BYE")
    challenged, accepted = alice.requests("INVITE")
    assert routes(accepted) == (f"<sip:{ATLANTA};lr>",)
    assert accepted.call_id == challenged.call_id
    assert accepted.cseq.number == challenged.cseq.number + 1
    assert credentials(challenged) == {}
    assert credentials(accepted)["atlanta.example.com"].username == "alice"
    refused_ack, ack = alice.requests("ACK")
    assert refused_ack.cseq.number == challenged.cseq.number
    assert ack.cseq.number == accepted.cseq.number
    assert credentials(ack) == credentials(accepted)
    (bye,) = alice.requests("BYE")
    for request in (ack, bye):
        assert routes(request) == (f"<sip:{ATLANTA};lr>", f"<sip:{BILOXI};lr>")
        assert str(request.uri) == BOBS_PHONE
    assert int(credentials(bye)["atlanta.example.com"].nc, 16) == 2
    assert [each.code for each in alice.told(Progress)] == [180]
    assert [each.body for each in alice.told(Answered)] == [ANSWER]
    assert [(each.by, each.code) for each in alice.told(Ended)] == [(Party.LOCAL, 200)]


def test_3_2_session_establishment_through_two_proxies_as_bob() -> None:
    """RFC 3665 §3.2, F11, F14, F20: what the proxies recorded, and the Vias, as they came."""
    recorded = [
        ("Record-Route", "<sip:192.0.2.222;lr>"),
        ("Record-Route", "<sip:192.0.2.111;lr>"),
    ]
    below = [
        ("Via", "SIP/2.0/UDP 192.0.2.111;branch=z9hG4bK2d4790;received=192.0.2.111"),
        ("Via", "SIP/2.0/UDP 192.0.2.101;branch=z9hG4bK74bf9;received=192.0.2.101"),
    ]
    bob = Scripted()
    contact = ("Contact", "<sip:alice@192.0.2.101>")
    invite = from_peer("INVITE", body=OFFER, headers=[*below, *recorded, contact])
    bob.hears(invite)
    session = bob.told(IncomingCall)[-1].session
    rung = bob.do(bob.agent.ring(session, bob.now))
    answered = bob.do(bob.agent.accept(session, ANSWER, bob.now))
    assert codes([*rung, *answered]) == [180, 200]
    for response in (*rung, *answered):
        for name in ("Via", "Record-Route"):
            assert response.headers.get_all(name)[-2:] == invite.headers.get_all(name)[-2:]
    bob.hears(from_peer("ACK", to_tag=session))
    (bye,) = bob.do(bob.agent.hang_up(session, bob.now))
    assert isinstance(bye, Request)
    assert routes(bye) == ("<sip:192.0.2.222;lr>", "<sip:192.0.2.111;lr>")
    assert str(bye.uri) == "sip:alice@192.0.2.101"


@pytest.mark.parametrize(
    ("of_atlanta", "of_biloxi"),
    [(None, None), (ALICES, IN_BILOXI)],
    ids=["those of the account", "those of each proxy"],
)
def test_3_3_session_with_multiple_proxy_authentication(
    of_atlanta: Credentials | None, of_biloxi: Credentials | None
) -> None:
    """RFC 3665 §3.3: both ask, one after the other; the third INVITE (F9) satisfies both."""
    in_biloxi = of_biloxi or ALICES
    first = atlanta(biloxi(user=in_biloxi))
    nearest = replace(BY_ATLANTA, credentials=of_atlanta)
    farther = Proxy(uri=SipUri.parse(f"sip:{BILOXI};lr"), credentials=of_biloxi)
    alice = Alice(first, proxies=(nearest, farther))
    session = alice.call(BOB)
    alice.run(1)
    alice.hang_up(session)
    alice.run(1)
    second_challenge = ("INVITE", "100 INVITE", "407 INVITE", "ACK")
    expected = (*CHALLENGED, *second_challenge, *ACCEPTED, "BYE", "200 BYE")
    assert alice.ladder == steps(first.host, *expected)
    invites = alice.requests("INVITE")
    assert [sorted(credentials(each)) for each in invites] == [
        [],
        ["atlanta.example.com"],
        ["atlanta.example.com", "biloxi.example.com"],
    ]
    assert [each.cseq.number - invites[0].cseq.number for each in invites] == [0, 1, 2]
    assert {each.call_id for each in invites} == {invites[0].call_id}
    for realm, user in (("atlanta.example.com", ALICES), ("biloxi.example.com", in_biloxi)):
        assert credentials(invites[-1])[realm].username == user.username
    (*_, ack) = alice.requests("ACK")
    assert credentials(ack) == credentials(invites[-1])
    assert [each.body for each in alice.told(Answered)] == [ANSWER]


def test_3_3_two_realms_that_ask_in_one_407_are_answered_in_one_invite() -> None:
    """RFC 3261 §16.7 step 7, §22.3: as behind a proxy that forks to both."""

    class Forking(BobsPhone):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            if request.method == "ACK" or len(credentials(request)) == 2:
                return super().answer(request, source, now)
            asked = [
                ("Proxy-Authenticate", f'Digest realm="{realm}", nonce="n", qop="auth"')
                for realm in ("atlanta.example.com", "biloxi.example.com")
            ]
            return [make_response(request, 407, to_tag="proxy", headers=asked)]

    phone = Forking()
    alice = Alice(phone, proxies=(Proxy(uri=SipUri.parse("sip:192.0.2.201")),))
    alice.call(BOB)
    alice.run(1)
    answered = ("INVITE", "180 INVITE", "200 INVITE", "ACK")
    assert alice.ladder == steps(phone.host, *CHALLENGED, *answered)
    assert [each.body for each in alice.told(Answered)] == [ANSWER]


def test_3_3_a_realm_whose_password_is_wrong_ends_the_call() -> None:
    """RFC 3261 §22.3: what the second proxy refused once is not tried on it again."""
    alice = Alice(atlanta(biloxi(user=replace(ALICES, password="another"))))
    alice.call(BOB)
    alice.run(40)
    assert len(alice.requests("INVITE")) == 3
    assert [(each.by, each.code) for each in alice.told(Ended)] == [(Party.REMOTE, 407)]


@pytest.mark.parametrize(
    ("failure", "tries"),
    [("silent", ["INVITE"] * 7), ("503", ["INVITE", "503 INVITE", "ACK"]), ("down", ["INVITE"])],
)
def test_3_4_successful_session_with_proxy_failure(failure: str, tries: list[str]) -> None:
    """RFC 3665 §3.4: the first does not serve, the second asks who calls, and stays in the way."""
    phone = BobsPhone()
    first, second = atlanta(phone), atlanta(phone, "192.0.2.112")
    if failure.isdecimal():
        first.refusal = int(failure)
    else:
        first.link = Link[failure.upper()]
    second.name = second.host
    both = (Proxy(uri=SipUri.parse("sip:atlanta.example.com;lr")),)
    alice = Alice(first, second, proxies=both)
    session = alice.call(BOB)
    alice.run(33)
    alice.hang_up(session)
    alice.run(1)
    assert alice.ladder == [
        *steps(first.host, *tries),
        *steps(second.host, *CHALLENGED, *ACCEPTED, "BYE", "200 BYE"),
    ]
    invites = alice.requests("INVITE")
    assert {each.call_id for each in invites} == {invites[0].call_id}
    assert routes(alice.requests("BYE")[0]) == ("<sip:192.0.2.112;lr>",)
    assert len(alice.told(Answered)) == 1


def test_3_5_session_through_a_sip_alg() -> None:
    """RFC 3665 §3.5: a preloaded route leads through the gateway, whose address the media takes."""
    translated = b"v=0\r\no=bob 1 1 IN IP4 192.0.2.128\r\n"

    class Gateway(ProxyServer):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            answers = super().answer(request, source, now)
            return [replace(each, body=translated) if each.body else each for each in answers]

    second = biloxi()
    second.challenges = False
    gateway = Gateway("192.0.2.128", challenges=False, name="192.0.2.128", onward=second)
    alice = Alice(gateway, proxies=(Proxy(uri=SipUri.parse("sip:192.0.2.128")),))
    session = alice.call(BOB)
    alice.run(1)
    alice.hang_up(session)
    alice.run(1)
    assert alice.ladder == steps(gateway.host, *ACCEPTED, "BYE", "200 BYE")
    assert routes(alice.requests("INVITE")[0]) == ("<sip:192.0.2.128;lr>",)
    for request in (*alice.requests("ACK"), *alice.requests("BYE")):
        assert routes(request) == ("<sip:192.0.2.128;lr>", f"<sip:{BILOXI};lr>")
    assert [each.body for each in alice.told(Answered)] == [translated]


def redirected(*, follow: bool) -> tuple[Alice, Server, ProxyServer]:
    """Alice, the redirect server that she asks, and the proxy that it sends her to."""
    contact = (("Contact", f"<sip:bob@{BILOXI}>"),)
    redirect = Server("192.0.2.111", refusal=302, refusal_fields=contact)
    proxy = biloxi()
    proxy.challenges = False
    return Alice(redirect, proxy, proxies=(), follow_redirects=follow), redirect, proxy


def calls_without_offer(alice: Alice) -> None:
    session, effects = alice.agent.invite(
        SipUri.parse(f"sip:bob@{ATLANTA}"), offer=b"", account="door", now=alice.now
    )
    alice.do(effects)
    alice.run(1)
    for answered in alice.told(Answered):
        assert (answered.session, answered.body) == (session, OFFER)
        alice.do(alice.agent.answer_offer(session, ANSWER, alice.now))
    alice.run(1)


def test_3_6_session_via_redirect_and_proxy_servers_with_sdp_in_ack() -> None:
    """RFC 3665 §3.6: To and Call-ID stay, the number and the address are new; Bob offers."""
    alice, redirect, proxy = redirected(follow=True)
    calls_without_offer(alice)
    assert alice.ladder == [
        *steps(redirect.host, "INVITE", "302 INVITE", "ACK"),
        *steps(proxy.host, *ACCEPTED),
    ]
    first, second = alice.requests("INVITE")
    assert (str(first.uri), str(second.uri)) == (f"sip:bob@{ATLANTA}", f"sip:bob@{BILOXI}")
    assert (str(second.to), second.call_id) == (str(first.to), first.call_id)
    assert second.cseq.number == first.cseq.number + 1
    assert (first.body, second.body) == (b"", b"")
    refused_ack, ack = alice.requests("ACK")
    assert (refused_ack.body, ack.body) == (b"", ANSWER)
    assert routes(ack) == (f"<sip:{BILOXI};lr>",)
    assert str(ack.uri) == BOBS_PHONE


def test_3_6_a_redirection_that_is_not_wanted_ends_the_call() -> None:
    """RFC 3665 §3.6 up to F3, with `follow_redirects` off: nobody else is called."""
    alice, redirect, proxy = redirected(follow=False)
    calls_without_offer(alice)
    assert alice.ladder == steps(redirect.host, "INVITE", "302 INVITE", "ACK")
    assert proxy.requests == []
    assert [(each.by, each.code) for each in alice.told(Ended)] == [(Party.REMOTE, 302)]
