"""An OPTIONS of ours (RFC 3261 §11.1), answered by stacks that nobody here wrote."""

import asyncio
import secrets
from pathlib import Path

import pytest

from sip.flow import Address, Transport
from sip.session.events import OptionsAnswered
from sip.syntax.address import NameAddress
from sip.syntax.uri import SipUri
from sip.transport.sip_transport import SipTransport
from sip.user_agent import UserAgent
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.speech import Sentence

LIMIT_S = 5.0


async def ask(uri: str, transport: Transport) -> OptionsAnswered:
    """Ask a peer what it can do; what it says."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[OptionsAnswered] = loop.create_future()

    def on_event(event: object) -> None:
        if isinstance(event, OptionsAnswered):
            answered.set_result(event)

    def address(via: Transport, host: str) -> Address:
        return sockets.local_address_towards(via, host)

    agent = UserAgent(local_address=address, token=lambda: secrets.token_hex(8))
    sockets = await SipTransport.open(agent, bind=LOOPBACK, port=0, on_event=on_event)
    try:
        local = NameAddress.parse(f"<sip:speaker@{LOOPBACK}>")
        _, effects = agent.options(
            SipUri.parse(uri), local=local, transport=transport, now=loop.time()
        )
        sockets.carry_out(effects)
        async with asyncio.timeout(LIMIT_S):
            return await answered
    finally:
        await sockets.close()


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_pjsip_says_what_it_can_do(transport: Transport) -> None:
    name = transport.value.lower()
    with phone.listen("--transport", name) as called:
        answer = asyncio.run(ask(f"{called.uri};transport={name}", transport))
    assert answer.code == 200
    assert {"INVITE", "ACK", "BYE", "CANCEL"} <= set(answer.allow)


@pytest.mark.usefixtures("needs_baresip")
def test_baresip_says_what_it_can_do(tmp_path: Path, callers_words: Sentence) -> None:
    with Baresip(tmp_path / "baresip", callers_words.path) as baresip:
        answer = asyncio.run(ask(baresip.uri, Transport.UDP))
    assert answer.code == 200
    assert "INVITE" in answer.allow
