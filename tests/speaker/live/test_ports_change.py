"""Ports of SIP and HTTP that are changed while the device runs, with a call up."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from conf.validation.problem import BadSettings
from sip.syntax.message import Response
from tests.speaker.http.serving import serving
from tests.speaker.running import free_port
from tests.speaker.udp_phone import UdpPhone, udp_phone

HERE = "127.0.0.1"


async def answers(port: int) -> bool:
    """Whether a call to a port is answered."""
    async with udp_phone(port) as phone:
        try:
            await phone.talk()
            await phone.end()
        except TimeoutError:
            return False
    return True


def is_closed(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HERE, port))
        except OSError:
            return False
    return True


async def goes_on(phone: UdpPhone, port: int) -> None:
    """The speaker tells the peer of a call its new port; the call is ended there."""
    moved = await phone.request("INVITE")
    assert f":{port}" in str(moved.headers.get("Contact"))


async def test_sip_moves_to_another_port_and_a_call_goes_on_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        device, port = served.device, free_port()
        old = device.telephony.port
        assert old is not None
        async with udp_phone(old) as phone:
            await phone.talk()
            await device.change({"sip": {"port": port}}, by="test")
            await goes_on(phone, port)
            assert len(device.calls.calls) == 1
        assert device.telephony.port == port
        assert is_closed(old)


async def test_the_other_port_answers_new_calls(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        port = free_port()
        await served.device.change({"sip": {"port": port}}, by="test")
        assert await answers(port)


@pytest.mark.parametrize("key", ["port", "tls_port"])
async def test_a_port_that_is_taken_is_refused_by_its_key_and_the_old_one_goes_on(
    tmp_path: Path, key: str
) -> None:
    async with serving(tmp_path) as served:
        device = served.device
        before = device.telephony.port, device.telephony.tls_port
        with socket.create_server((HERE, 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(BadSettings) as refused:
                await device.change({"sip": {key: port, "max_calls": 7}}, by="test")
        (problem,) = refused.value.problems
        assert (problem.key, problem.value) == (f"sip.{key}", str(port))
        assert "Address already in use" in problem.rule
        assert (device.telephony.port, device.telephony.tls_port) == before
        assert (device.settings.sip.max_calls, device.store.settings.sip.max_calls) == (1, 1)
        assert await answers(before[0] or 0)


async def test_tls_moves_to_another_port(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        port = free_port()
        await served.device.change({"sip": {"tls_port": port}}, by="test")
        assert served.device.telephony.tls_port == port
        _, writer = await asyncio.open_connection(HERE, port)
        writer.close()


async def test_sip_that_is_switched_off_ends_calls_and_gives_its_port_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        device = served.device
        port = device.telephony.port
        assert port is not None
        async with udp_phone(port) as phone:
            await phone.talk()
            await device.change({"sip": {"enabled": False}}, by="test")
            phone.confirm(await phone.request("BYE"))
        await device.change({"sip": {"enabled": True, "port": port}}, by="test")
        assert device.telephony.port == port
        assert await answers(port)


async def test_another_certificate_is_shown_to_those_who_connect_by_tls(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        with pytest.raises(BadSettings) as refused:
            await served.device.change({"sip": {"certificate": "missing"}}, by="test")
        (problem,) = refused.value.problems
        assert problem.key == "sip.certificate"


async def is_answered(http: httpx.AsyncClient, url: str) -> bool:
    try:
        await http.get(url)
    except httpx.TransportError:
        return False
    return True


async def test_http_moves_while_it_answers_the_request_that_moves_it(tmp_path: Path) -> None:
    async with serving(tmp_path, serves_http=True) as served:
        device, port = served.device, free_port()
        old = device.ready_line().partition("http=")[2].split()[0]
        await device.change({"http": {"port": port}}, by="test")
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"http://{HERE}:{port}/healthz")).status_code == 200
            async with asyncio.timeout(10.0):  # the old door is closed behind those inside
                while await is_answered(http, f"http://{old}/healthz"):
                    pass
        assert f"http={HERE}:{port}" in device.ready_line()


async def test_the_most_sessions_follow_the_most_calls(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, udp_phone(served.device.telephony.port or 0) as one:
        await one.talk()
        async with udp_phone(served.device.telephony.port or 0) as other:
            other.invite()
            await other.response(486)
        await served.device.change({"sip": {"max_calls": 2}}, by="test")
        async with udp_phone(served.device.telephony.port or 0) as other:
            assert isinstance(await other.talk(), Response)
