"""Certificates and terms of TLS that are changed while the device runs."""

import asyncio
import ssl
from pathlib import Path

from tests.certificates import self_signed
from tests.speaker.http.serving import serving
from tests.speaker.live.waiting import until

HERE = "127.0.0.1"
LIMIT_S = 20.0


def certificates(folder: Path) -> Path:
    """The folder of the certificates of a device."""
    made = folder / "certificates"
    made.mkdir(parents=True, exist_ok=True)
    return made


async def shown(port: int | None) -> bytes:
    """The certificate that somebody sees who connects by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(HERE, port, ssl=context)
    writer.close()
    seen = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert isinstance(seen, bytes)
    return seen


async def test_another_certificate_is_shown_to_who_connects_next(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        device, other = served.device, self_signed("other")
        before = await shown(device.telephony.tls_port)
        other.kept(certificates(tmp_path), "other")
        await device.change({"sip": {"certificate": "other"}}, by="test")
        assert before != await shown(device.telephony.tls_port) == other.der


async def test_terms_of_an_account_are_those_of_its_next_connection(tmp_path: Path) -> None:
    """The server cannot prove who it is, until the account does not ask for it any more."""
    files = self_signed("pbx").kept(tmp_path, "pbx")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.readline())
        writer.close()

    async with serving(tmp_path / "data", "sip.max_retransmissions=0") as served:
        device = served.device
        server = await asyncio.start_server(hear, HERE, 0, ssl=context)
        account = {
            "id": "100",
            "default": True,
            "mode": "registered",
            "user_id": "100",
            "registrar": f"{HERE}:{server.sockets[0].getsockname()[1]}",
            "transport": "tls",
        }
        await device.change({"sip": {"accounts": [account]}}, by="test")
        await until(device.bus, "sip.registration", "waiting", of="100")
        account = {**account, "verify_server_certificate": False, "caller_id": "Door"}
        await device.change({"sip": {"accounts": [account]}}, by="test")
        async with asyncio.timeout(LIMIT_S):
            while not (await heard.get()).startswith(b"REGISTER"):
                pass
        server.close()
