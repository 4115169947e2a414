"""Credentials go to nobody else: the tests play the attacker (findings B12, RFC 3261 §22)."""

from collections.abc import Iterable

import pytest

from sip.flow import Address, Flow, Transport
from sip.session.events import Answered, Ended, IncomingCall, SessionId
from sip.syntax.message import Request, Response, make_response
from tests.sip.pair import ANSWER, OFFER
from tests.sip.scripted import from_peer
from tests.sip.town import HERE, Server, Town, account

ATTACKER = Address("192.0.2.66", 5060)
CHALLENGES = (
    (401, "WWW-Authenticate"),
    (407, "Proxy-Authenticate"),
)
CHALLENGE = 'Digest realm="pbx", nonce="guess-me", algorithm=MD5'
PBX = Address("192.0.2.10", 5060)


class Attacker(Server):
    """Challenges everything, in the name of our own server, and reads what he gets for it."""

    code = 407
    header = "Proxy-Authenticate"

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        self.requests.append((now, request))
        if request.method == "ACK":
            return []
        return [make_response(request, self.code, to_tag="x", headers=[(self.header, CHALLENGE)])]

    @property
    def loot(self) -> list[str]:
        """The credentials that have reached him."""
        return [
            value
            for _, request in self.requests
            for name in ("Authorization", "Proxy-Authorization")
            for value in request.headers.get_all(name)
        ]


def scene(code: int, header: str) -> tuple[Town, Server, Attacker]:
    """An account that is registered, and the attacker."""
    pbx = Server("192.0.2.10")
    attacker = Attacker(ATTACKER.host)
    attacker.code, attacker.header = code, header
    town = Town(pbx, attacker)
    town.add(account())
    town.run()
    return town, pbx, attacker


def calls_us(
    town: Town,
    *,
    uri: str = "sip:door@192.0.2.2",
    contact: str = "<sip:me@192.0.2.66>",
    source: Address = ATTACKER,
    headers: Iterable[tuple[str, str]] = (),
    acknowledges: bool = True,
) -> SessionId:
    """He calls, and we answer automatically."""
    flow = Flow(Transport.UDP, HERE, source)
    fields = [("Contact", contact), *headers]
    town.hears(from_peer("INVITE", uri=uri, body=OFFER, headers=fields), flow)
    town.do(town.agent.accept(town.session, ANSWER, town.now))
    if acknowledges:
        ack = from_peer("ACK", uri=uri, to_tag=town.session, headers=fields)
        town.hears(ack, flow)
    return town.session


@pytest.mark.parametrize(("code", "header"), CHALLENGES)
def test_a_caller_who_challenges_our_bye_learns_nothing(code: int, header: str) -> None:
    """The SIP digest leak itself."""
    town, _, attacker = scene(code, header)
    town.hang_up(calls_us(town))
    town.run(1)
    assert len(attacker.received("BYE")) == 1
    assert attacker.loot == []
    assert [ended.code for ended in town.told(Ended)] == [code]


@pytest.mark.parametrize(("code", "header"), CHALLENGES)
def test_nor_by_calling_our_registered_contact(code: int, header: str) -> None:
    """He has seen the Contact, and calls what only our server should."""
    town, pbx, attacker = scene(code, header)
    (contact,) = pbx.bound(town.now)
    town.hang_up(calls_us(town, uri=contact))
    town.run(1)
    assert town.told(IncomingCall)[-1].registered_contact == "door"
    assert town.told(IncomingCall)[-1].from_servers_of == ()
    assert (len(attacker.received("BYE")), attacker.loot) == (1, [])


@pytest.mark.parametrize(("code", "header"), CHALLENGES)
def test_nor_by_a_re_invite_an_info_or_any_other_request(code: int, header: str) -> None:
    town, _, attacker = scene(code, header)
    session = calls_us(town)
    town.do(town.agent.reinvite(session, OFFER, town.now))
    town.do(town.agent.send_info(session, "application/dtmf-relay", b"Signal=1", town.now))
    town.run(1)
    assert (len(attacker.received("INVITE")), len(attacker.received("INFO"))) == (1, 1)
    assert attacker.loot == []


@pytest.mark.parametrize("knows_contact", [False, True])
@pytest.mark.parametrize(("code", "header"), CHALLENGES)
def test_nor_by_routing_our_requests_through_our_own_server(
    code: int, header: str, knows_contact: bool
) -> None:
    """A Record-Route of his leads our BYE by way of our server, which carries his answer back."""
    town, pbx, attacker = scene(code, header)

    class Relay(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            return attacker.answer(request, source, now)

    town.servers[pbx.address] = Relay(pbx.host)
    uri = pbx.bound(town.now)[0] if knows_contact else "sip:door@192.0.2.2"
    route = ("Record-Route", "<sip:192.0.2.10;lr>")
    town.hang_up(calls_us(town, uri=uri, headers=[route]))
    town.run(1)
    assert (len(attacker.received("BYE")), attacker.loot) == (1, [])


@pytest.mark.parametrize(("code", "header"), CHALLENGES)
def test_nor_with_a_forged_datagram_of_our_server(code: int, header: str) -> None:
    """He cannot acknowledge what we sent to the address that he forged, and the BYE that follows
    the missing ACK is nobody's.
    """
    town, pbx, attacker = scene(code, header)

    class Relay(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            return attacker.answer(request, source, now)

    town.servers[pbx.address] = Relay(pbx.host)
    headers = [("Record-Route", "<sip:192.0.2.10;lr>")]
    calls_us(town, source=PBX, headers=headers, acknowledges=False)
    town.run(70)
    assert attacker.received("BYE")
    assert attacker.loot == []


@pytest.mark.parametrize(("code", "header"), CHALLENGES)
def test_nor_when_we_call_him(code: int, header: str) -> None:
    """A call to another domain goes there, and no server of ours is on the way."""
    town, _, attacker = scene(code, header)
    town.call("sip:me@192.0.2.66")
    town.run(1)
    assert (len(attacker.received("INVITE")), attacker.loot) == (1, [])
    assert [ended.code for ended in town.told(Ended)] == [code]


def test_nor_when_our_server_sends_our_call_to_him() -> None:
    """A 3xx is followed without credentials (§8.1.3.4)."""
    town, pbx, attacker = scene(401, "WWW-Authenticate")
    town.add(account(follow_redirects=True))
    town.run(1)
    town.call("sip:bob@192.0.2.10")
    town.run(0.0015)  # the challenge is back, and answered
    pbx.refusal, pbx.refusal_fields = 302, (("Contact", "<sip:me@192.0.2.66>"),)
    town.call("sip:carol@192.0.2.10")
    town.run(1)
    assert attacker.received("INVITE")
    assert attacker.loot == []


def test_nor_at_another_port_of_our_servers_machine() -> None:
    """What shares the host of a server is not the server."""
    neighbour = Attacker("192.0.2.10", port=6060)
    pbx = Server("192.0.2.10")
    town = Town(pbx, neighbour)
    town.add(account())
    town.run()
    town.call("sip:me@192.0.2.10:6060")
    town.run(1)
    assert neighbour.loot == []


def test_a_peer_to_peer_account_answers_nobody() -> None:
    attacker = Attacker(ATTACKER.host)
    town = Town(attacker)
    town.add(account(None))
    town.call("sip:me@192.0.2.66")
    town.run(1)
    assert (len(attacker.received("INVITE")), attacker.loot) == (1, [])


def test_the_servers_own_challenges_are_answered_in_calls_by_it() -> None:
    """What is refused to strangers is given to the server: BYE, re-INVITE, INFO (§22.3)."""
    town, pbx, _ = scene(401, "WWW-Authenticate")
    session = town.call("sip:bob@192.0.2.10")
    town.run(1)
    assert town.told(Answered)
    pbx.restart()
    town.do(town.agent.reinvite(session, OFFER, town.now))
    town.run(1)
    pbx.restart()
    town.do(town.agent.send_info(session, "text/plain", b"x", town.now))
    town.run(1)
    pbx.restart()
    town.hang_up(session)
    town.run(1)
    assert [(ended.code, ended.reason) for ended in town.told(Ended)] == [(200, "OK")]
    numbers = [
        request.cseq.number
        for request in pbx.received("INVITE") + pbx.received("INFO") + pbx.received("BYE")
    ]
    assert numbers == sorted(set(numbers)), "every try has the next number of its dialog"


def test_calls_that_our_server_brings_are_its_own() -> None:
    """It calls our registered Contact; our BYE goes to it, and it may ask who we are."""
    town, pbx, _ = scene(401, "WWW-Authenticate")
    (contact,) = pbx.bound(town.now)
    pbx.restart()
    session = calls_us(town, uri=contact, contact="<sip:192.0.2.10>", source=PBX)
    call = town.told(IncomingCall)[-1]
    assert (call.registered_contact, call.from_servers_of) == ("door", ("door",))
    town.hang_up(session)
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [200]
