import asyncio
import contextlib
import dataclasses
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sip.flow import Address, Flow, TlsPeer, Transport
from sip.transaction.effects import CloseConnection, KeepAlive, Send
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.sip_transport import SipTransport
from sip.transport.source_limits import SourceRates
from sip.transport.tls_contexts import TlsContexts
from sip.transport.tls_profile import CertificateFiles, ClientProfile, ServerProfile
from tests.certificates import Authority, Issued
from tests.sip.transaction_messages import OPTIONS, a_request
from tests.sip.transport_ends import NotingCore, Stream, TcpServer, answer_200, soon, tcp_server

HOST = "127.0.0.1"
HERE = Address(HOST, 5061)
UNLIMITED = SourceRates(
    stranger_per_s=1e9, stranger_burst=1e9, strangers_per_s=1e9, strangers_burst=1e9
)
"""Who comes too often is turned away before TLS begins; here they all come."""

DOMAIN = "example.com"
OFFICE = TlsPeer("office", DOMAIN)


class Scene:
    """A CA that both ends know, and what the transport had to say about its connections."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority, self.ca = Authority.kept(folder)
        self.shown = self.authority.issue(dns=["speaker.example.com"])
        self.files = self.shown.kept(folder, "speaker")
        self.troubles: asyncio.Queue[tuple[Flow, str]] = asyncio.Queue()
        self.bad_files: list[str] = []
        self.clients = {name: ClientProfile(trusted=(self.ca,)) for name in ("office", "home")}

    @asynccontextmanager
    async def transport(
        self, core: NotingCore, *, ask_callers: bool = False, limits: ConnectionLimits | None = None
    ) -> AsyncIterator[SipTransport[str]]:
        """An open transport with TLS."""
        server = ServerProfile(certificate=self.files, trusted=(self.ca,) if ask_callers else ())
        transport = await SipTransport[str].open(
            core,
            bind=HOST,
            port=0,
            on_event=lambda _event: None,
            on_trouble=lambda flow, why: self.troubles.put_nowait((flow, why)),
            limits=limits,
            rates=UNLIMITED,
            tls=TlsContexts(server, self.clients, on_trouble=self.bad_files.append),
        )
        try:
            yield transport
        finally:
            await transport.close()

    @asynccontextmanager
    async def caller(
        self, transport: SipTransport[str], shown: CertificateFiles | None = None
    ) -> AsyncIterator[Stream]:
        """A TLS connection to the transport, by a caller who shows a certificate, or none."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if shown is not None:
            context.load_cert_chain(shown.chain, shown.key)
        assert transport.tls_port is not None
        stream = Stream(
            *await soon(
                asyncio.open_connection(
                    HOST, transport.tls_port, ssl=context, server_hostname="speaker.example.com"
                )
            )
        )
        try:
            yield stream
        finally:
            with contextlib.suppress(ssl.SSLError):
                await stream.close()

    @asynccontextmanager
    async def server(
        self, names: Mapping[str, list[str]], *, asks: bool = False
    ) -> AsyncIterator[TcpServer]:
        """A TLS server whose certificate has these names."""
        files = self.authority.issue(**names).kept(self.folder, "server")  # type: ignore[arg-type]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.chain, files.key)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        async with tcp_server(HOST, context) as server:
            yield server


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def towards(remote: Address, peer: TlsPeer = OFFICE) -> Flow:
    return Flow(Transport.TLS, HERE, remote, tls=peer)


async def test_an_answer_goes_back_by_the_connection_of_its_request(scene: Scene) -> None:
    """RFC 3261 §18.2.2."""
    core = NotingCore(answer_200)
    async with scene.transport(core) as transport, scene.caller(transport) as caller:
        caller.writer.write(bytes(OPTIONS))
        assert (await caller.header()).startswith(b"SIP/2.0 200")
        _, flow = await soon(core.arrived.get())
        assert (flow.transport, flow.local, flow.remote) == (
            Transport.TLS,
            caller.remote,
            caller.local,
        )
        assert flow.tls is None
        assert flow.identities == ()


async def test_a_request_arrives_at_a_server_that_proves_its_domain(scene: Scene) -> None:
    """RFC 5922 §7.3; what comes back by that connection has that identity."""
    core = NotingCore()
    async with scene.transport(core) as transport, scene.server({"dns": [DOMAIN]}) as server:
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        stream = await soon(server.accepted.get())
        assert (await stream.header()).startswith(b"OPTIONS ")
        stream.writer.write(bytes(OPTIONS))
        _, flow = await soon(core.arrived.get())
        assert (flow.tls, flow.identities) == (OFFICE, (DOMAIN,))


async def test_nothing_is_said_to_a_server_that_proves_another_domain(scene: Scene) -> None:
    core = NotingCore()
    async with scene.transport(core) as transport, scene.server({"dns": ["evil.org"]}) as server:
        flow = towards(server.address)
        transport.carry_out([Send(OPTIONS, flow)])
        assert await soon(core.failed.get()) == flow
        told, why = await soon(scene.troubles.get())
        assert told == flow
        assert why == "shows a certificate for evil.org, and not for example.com"
        assert transport.counters.failed_handshakes == 1
        if not server.accepted.empty():
            assert await server.accepted.get_nowait().ended()


async def test_a_server_that_speaks_no_tls_is_told_of(scene: Scene) -> None:
    core = NotingCore()
    async with scene.transport(core) as transport, tcp_server() as server:
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        stream = await soon(server.accepted.get())
        stream.writer.write(b"SIP/2.0 400 Bad Request\r\n\r\n")
        assert await soon(core.failed.get()) == towards(server.address)
        assert (await soon(scene.troubles.get()))[1] == "does not speak TLS there"


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_allowed(
    scene: Scene,
) -> None:
    core = NotingCore()
    limits = ConnectionLimits(connect_s=0.1)
    async with scene.transport(core, limits=limits) as transport, tcp_server() as server:
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        assert await soon(core.failed.get()) == towards(server.address)
        assert (await soon(scene.troubles.get()))[1] == "does not answer within 0.1 s"


async def test_a_server_that_closes_for_want_of_a_certificate_is_told_of(scene: Scene) -> None:
    """In TLS 1.3 the connection stands already; this server gives no reason at all."""
    core = NotingCore()
    async with (
        scene.transport(core) as transport,
        scene.server({"dns": [DOMAIN]}, asks=True) as server,
    ):
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        assert (await soon(core.failed.get())).remote == server.address
        assert "does it want a certificate" in (await soon(scene.troubles.get()))[1]


async def test_accounts_show_their_certificate(scene: Scene) -> None:
    own = scene.authority.issue(uris=["sip:speaker@example.com"]).kept(scene.folder, "own")
    scene.clients["office"] = ClientProfile(trusted=(scene.ca,), certificate=own)
    core = NotingCore()
    async with (
        scene.transport(core) as transport,
        scene.server({"dns": [DOMAIN]}, asks=True) as server,
    ):
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        stream = await soon(server.accepted.get())
        assert (await stream.header()).startswith(b"OPTIONS ")


@pytest.mark.parametrize("other", [TlsPeer("home", DOMAIN), TlsPeer("office", "pbx.example.com")])
async def test_only_equal_peers_share_a_connection(scene: Scene, other: TlsPeer) -> None:
    """Else one account would use what another has proved, or been shown."""
    core = NotingCore()
    names = {"dns": [DOMAIN, "pbx.example.com"]}
    async with scene.transport(core) as transport, scene.server(names) as server:
        flow = towards(server.address)
        transport.carry_out([Send(a_request(cseq=n), flow) for n in (1, 2)])
        transport.carry_out([Send(a_request(cseq=3), towards(server.address, other))])
        streams = [await soon(server.accepted.get()) for _ in range(2)]
        heads = {(await each.header()).split(b"CSeq: ")[1][:1] for each in streams}
        assert heads == {b"1", b"3"}
        assert server.accepted.empty()


async def test_a_caller_proves_who_it_is_by_its_certificate(scene: Scene) -> None:
    """RFC 5922 §7.4."""
    shown = scene.authority.issue(uris=["sip:pbx.example.com"]).kept(scene.folder, "caller")
    core = NotingCore()
    async with (
        scene.transport(core, ask_callers=True) as transport,
        scene.caller(transport, shown) as caller,
    ):
        caller.writer.write(bytes(OPTIONS))
        assert (await soon(core.arrived.get()))[1].identities == ("pbx.example.com",)


@pytest.mark.parametrize(
    ("domain", "via", "reused"),
    [
        ("pbx.example.com", b";alias", True),
        ("pbx.example.com", b"", False),
        (DOMAIN, b";alias", False),
    ],
)
async def test_a_server_that_proved_its_name_may_be_reached_by_the_connection_it_opened(
    scene: Scene, domain: str, via: bytes, reused: bool
) -> None:
    """RFC 5923 §8.2: `alias`, the port of sent-by, and a certificate for the name."""
    shown = scene.authority.issue(uris=["sip:pbx.example.com"]).kept(scene.folder, "caller")
    core = NotingCore()
    async with (
        scene.transport(core, ask_callers=True) as transport,
        scene.caller(transport, shown) as caller,
        tcp_server() as nobody,
    ):
        port = nobody.address.port
        request = bytes(OPTIONS).replace(b":5060;branch", b":%d;branch" % port)
        caller.writer.write(request.replace(b";branch", via + b";branch", 1))
        await soon(core.arrived.get())
        transport.carry_out([Send(OPTIONS, towards(nobody.address, TlsPeer("office", domain)))])
        if reused:
            assert (await caller.header()).startswith(b"OPTIONS ")
        else:
            await soon(nobody.accepted.get())


async def test_a_renewed_certificate_is_taken_and_calls_go_on(scene: Scene) -> None:
    core = NotingCore(answer_200)
    async with scene.transport(core) as transport, scene.caller(transport) as old:
        first = shown_by(old)
        renewed = scene.authority.issue(dns=["speaker.example.com"])
        renewed.kept(scene.folder, "speaker")
        async with scene.caller(transport) as new:
            assert (first, shown_by(new)) == (scene.shown.der, renewed.der)
        old.writer.write(bytes(OPTIONS))
        assert (await old.header()).startswith(b"SIP/2.0 200")
    assert scene.bad_files == []


async def test_a_spoilt_renewal_is_told_once_and_the_old_certificate_stays(scene: Scene) -> None:
    async with scene.transport(NotingCore()) as transport:
        stranger: Issued = scene.authority.issue(dns=["speaker.example.com"])
        scene.files.chain.write_bytes(stranger.pem)  # not its key
        for _ in range(2):
            async with scene.caller(transport) as caller:
                assert shown_by(caller) == scene.shown.der
    (told,) = scene.bad_files
    assert "the key does not belong to the certificate; what was read before stays" in told


def shown_by(stream: Stream) -> bytes:
    shown = stream.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert isinstance(shown, bytes)
    return shown


async def test_those_who_never_agree_on_tls_keep_nobody_out(scene: Scene) -> None:
    """A thousand, while a table of 20 is all that there is."""
    core = NotingCore(answer_200)
    limits = ConnectionLimits(connections=20)
    async with (
        scene.transport(core, limits=limits) as transport,
        scene.caller(transport) as regular,
    ):
        regular.writer.write(bytes(OPTIONS))
        await regular.header()
        strangers = [socket.socket() for _ in range(1000)]
        loop = asyncio.get_running_loop()
        for number, stranger in enumerate(strangers):
            stranger.setblocking(False)
            await soon(loop.sock_connect(stranger, (HOST, transport.tls_port)))
            if number % 2:
                with contextlib.suppress(OSError):  # sent away already
                    await loop.sock_sendall(stranger, b"\x16\x03\x01garbage" * 100)
        async with scene.caller(transport) as newcomer:
            newcomer.writer.write(bytes(OPTIONS))
            assert (await newcomer.header()).startswith(b"SIP/2.0 200")
        regular.writer.write(bytes(OPTIONS))
        assert (await regular.header()).startswith(b"SIP/2.0 200")
        for stranger in strangers:
            stranger.close()


async def test_a_caller_has_its_time_to_agree_on_tls(scene: Scene) -> None:
    limits = ConnectionLimits(handshake_s=0.05)
    async with scene.transport(NotingCore(), limits=limits) as transport:
        assert transport.tls_port is not None
        reader, writer = await asyncio.open_connection(HOST, transport.tls_port)
        with contextlib.suppress(ConnectionResetError):
            assert await soon(reader.read(1)) == b""
        writer.close()
        flow, why = await soon(scene.troubles.get())
        assert (flow.remote.host, why) == (HOST, "does not agree on TLS within 0.05 s")


async def test_the_last_words_are_sent_before_closing(scene: Scene) -> None:
    core = NotingCore()
    async with scene.transport(core) as transport, scene.caller(transport) as caller:
        caller.writer.write(bytes(OPTIONS))
        _, flow = await soon(core.arrived.get())
        transport.carry_out([Send(a_request("BYE"), flow)])
        await transport.close()
        assert (await caller.header()).startswith(b"BYE ")
        assert await caller.ended()


@pytest.mark.parametrize("answer", [b"\r\n", bytes(OPTIONS)])
async def test_a_server_that_answers_a_ping_is_alive(scene: Scene, answer: bytes) -> None:
    """RFC 5626 §4.4.1."""
    core = NotingCore()
    limits = ConnectionLimits(pong_s=0.5)
    async with (
        scene.transport(core, limits=limits) as transport,
        scene.server({"dns": [DOMAIN]}) as server,
    ):
        flow = towards(server.address)
        transport.carry_out([Send(OPTIONS, flow)])
        stream = await soon(server.accepted.get())
        await stream.header()
        for _ in range(2):
            transport.carry_out([KeepAlive(flow)])
            assert await stream.exactly(4) == b"\r\n\r\n"
            stream.writer.write(answer)
            await asyncio.sleep(0.6)  # longer than a pong may take
        assert core.failed.empty()


async def test_a_server_that_answers_no_ping_is_given_up(scene: Scene) -> None:
    """RFC 5626 §4.4.1: the connection is closed, and the flow has failed."""
    core = NotingCore()
    limits = ConnectionLimits(pong_s=0.05)
    async with (
        scene.transport(core, limits=limits) as transport,
        scene.server({"dns": [DOMAIN]}) as server,
    ):
        flow = towards(server.address)
        transport.carry_out([Send(OPTIONS, flow)])
        stream = await soon(server.accepted.get())
        await stream.header()
        transport.carry_out([KeepAlive(flow)])
        failed = await soon(core.failed.get())
        assert (failed.remote, failed.tls) == (flow.remote, flow.tls)
        assert transport.counters.unanswered_pings == 1
        assert (await soon(scene.troubles.get()))[1] == "has not answered a keep-alive for 0.05 s"


async def test_a_keep_alive_without_a_connection_fails_the_flow(scene: Scene) -> None:
    core = NotingCore()
    async with scene.transport(core) as transport:
        flow = towards(Address(HOST, 9))
        transport.carry_out([KeepAlive(flow)])
        assert await soon(core.failed.get()) == flow


async def test_a_connection_is_closed_when_the_core_wants_it(scene: Scene) -> None:
    """The next request goes by a new one."""
    core = NotingCore()
    async with scene.transport(core) as transport, scene.server({"dns": [DOMAIN]}) as server:
        flow = towards(server.address)
        transport.carry_out([Send(a_request(cseq=1), flow)])
        first = await soon(server.accepted.get())
        await first.header()
        transport.carry_out([CloseConnection(flow), Send(a_request(cseq=2), flow)])
        second = await soon(server.accepted.get())
        assert b"CSeq: 2 " in await second.header()
        assert dataclasses.replace(await soon(core.failed.get()), connection=0).tls == OFFICE
        assert await first.ended()


async def test_a_connection_that_is_only_being_opened_can_be_given_up(scene: Scene) -> None:
    core = NotingCore()
    async with scene.transport(core) as transport, tcp_server() as server:
        flow = towards(server.address)
        transport.carry_out([Send(OPTIONS, flow)])
        await soon(server.accepted.get())  # and says nothing
        transport.carry_out([CloseConnection(flow)])
        assert await soon(core.failed.get()) == flow
