"""HTTP and HTTPS: each on or off, each on its port, changed while running."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from conf.certificates.folder import Certificates
from conf.sections.http import HttpSettings
from conf.settings import Settings
from conf.validation.problem import BadSettings
from speaker.change import Change, Unavailable
from speaker.http.doors import Doors
from speaker.http.tls_context import RenewedContext
from speaker.kept_sockets import KeptSockets

HERE = "127.0.0.1"
BOTH = HttpSettings(port=0, https_port=0)


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def scheme() -> str:
        return "served"

    return app


def doors(folder: Path) -> Doors:
    return Doors(application(), HERE, Certificates(folder), KeptSockets())


async def take(doors: Doors, new: HttpSettings, old: HttpSettings | None = BOTH) -> None:
    """Let the doors take other settings; None: for the first time."""
    before = None if old is None else Settings(http=old)
    prepared = await doors.prepare(Change(before, Settings(http=new), asyncio.to_thread))
    prepared.apply(0.0)


@asynccontextmanager
async def open_doors(folder: Path, settings: HttpSettings = BOTH) -> AsyncIterator[Doors]:
    opened = doors(folder)
    await take(opened, settings, old=None)
    try:
        yield opened
    finally:
        await opened.stop()


async def answers(scheme: str, port: int | None) -> bool:
    try:
        async with httpx.AsyncClient(verify=False) as http:
            return (await http.get(f"{scheme}://{HERE}:{port}/")).text == '"served"'
    except httpx.TransportError:
        return False


async def shown_certificate(port: int | None, *, name: str | None = None) -> str:
    """The certificate that a client sees which asks for `name`, or for no name, in PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    def ask() -> str:
        with (
            socket.create_connection((HERE, port or 0), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=name) as tls,
        ):
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True) or b"")

    return await asyncio.to_thread(ask)


async def test_both_doors_are_open_at_first_and_https_has_a_certificate_of_its_own(
    tmp_path: Path,
) -> None:
    async with open_doors(tmp_path) as opened:
        assert await answers("http", opened.port)
        assert await answers("https", opened.https_port)
        assert await shown_certificate(opened.https_port) == (tmp_path / "speaker.pem").read_text()


@pytest.mark.parametrize("name", [None, "speaker.local"])
async def test_a_renewed_certificate_is_shown_to_the_next_who_connects(
    tmp_path: Path, name: str | None
) -> None:
    """With and without a server name (RFC 6066 §3): people type addresses."""
    async with open_doors(tmp_path) as opened:
        before = await shown_certificate(opened.https_port, name=name)
        Certificates(tmp_path).make_self_signed("new", "New")
        for ending in (".key", ".pem"):
            (tmp_path / f"new{ending}").rename(tmp_path / f"speaker{ending}")
        after = await shown_certificate(opened.https_port, name=name)
    assert before != after == (tmp_path / "speaker.pem").read_text()


async def test_a_renewed_certificate_that_cannot_be_used_leaves_the_old_one(
    tmp_path: Path,
) -> None:
    async with open_doors(tmp_path) as opened:
        before = await shown_certificate(opened.https_port)
        (tmp_path / "speaker.pem").write_text("nothing")
        assert await shown_certificate(opened.https_port) == before
        assert await answers("https", opened.https_port)


def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    """RFC 8996; what the client offers at most is TLS 1.1."""
    certificates = Certificates(tmp_path)
    certificates.make_self_signed("speaker", "Front door")
    ours = RenewedContext(certificates, "speaker").context
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        old.wrap_bio(to_client, to_server).do_handshake()
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        ours.wrap_bio(to_server, to_client, server_side=True).do_handshake()


async def test_another_port_is_opened_and_the_old_one_closed(tmp_path: Path) -> None:
    async with open_doors(tmp_path) as opened:
        was, secure = opened.port, opened.https_port
        with socket.create_server((HERE, 0)) as free:
            port = free.getsockname()[1]
        await take(opened, BOTH.model_copy(update={"port": port}))
        assert opened.port == port
        assert await answers("http", port)
        assert not await answers("http", was)
        assert opened.https_port == secure
        assert await answers("https", secure)


async def test_a_door_that_is_switched_off_is_closed_and_opens_again(tmp_path: Path) -> None:
    async with open_doors(tmp_path) as opened:
        was = opened.port
        off = BOTH.model_copy(update={"enabled": False})
        await take(opened, off)
        assert opened.port is None
        assert not await answers("http", was)
        assert await answers("https", opened.https_port)
        await take(opened, BOTH, old=off)
        assert await answers("http", opened.port)


async def test_another_certificate_is_shown_on_the_same_port(tmp_path: Path) -> None:
    async with open_doors(tmp_path) as opened:
        Certificates(tmp_path).make_self_signed("other", "Other")
        port = opened.https_port
        await take(opened, BOTH.model_copy(update={"certificate": "other"}))
        assert opened.https_port == port
        assert await shown_certificate(port) == (tmp_path / "other.pem").read_text()


@pytest.mark.parametrize("change", ["port", "https_port"])
async def test_a_port_that_is_taken_changes_nothing(tmp_path: Path, change: str) -> None:
    async with open_doors(tmp_path) as opened:
        with socket.create_server((HERE, 0)) as taken:
            port = taken.getsockname()[1]
            wanted = {"port": 0, "https_port": 0, change: port}
            was = opened.port, opened.https_port
            with pytest.raises(Unavailable) as refused:
                await take(opened, HttpSettings(**wanted))
            (problem,) = refused.value.problems
            assert str(problem).startswith(f"http.{change}: {port} cannot be opened")
        assert (opened.port, opened.https_port) == was
        assert await answers("http", opened.port)
        assert await answers("https", opened.https_port)


async def test_an_unusable_certificate_changes_nothing(tmp_path: Path) -> None:
    async with open_doors(tmp_path) as opened:
        before = await shown_certificate(opened.https_port)
        with pytest.raises(BadSettings, match=r'http\.certificate: "none" .*no such file'):
            await take(opened, BOTH.model_copy(update={"certificate": "none"}))
        shutil.copy(tmp_path / "speaker.pem", tmp_path / "alone.pem")
        with pytest.raises(BadSettings, match=r'http\.certificate: "alone" .*no private key'):
            await take(opened, BOTH.model_copy(update={"certificate": "alone"}))
        assert await shown_certificate(opened.https_port) == before


async def test_a_port_that_is_taken_at_the_start_is_told_and_the_other_given_back(
    tmp_path: Path,
) -> None:
    with socket.create_server((HERE, 0)) as taken, socket.create_server((HERE, 0)) as free:
        port, other = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        with pytest.raises(Unavailable, match=f"HTTPS port {port} of {HERE} cannot be opened"):
            await take(doors(tmp_path), HttpSettings(port=other, https_port=port), old=None)
        with socket.create_server((HERE, other)):
            pass
