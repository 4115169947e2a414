"""A speaker that begins anew: same ports, nobody waits long, nothing of the old one is left."""

import asyncio
import re
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from tests.speaker.running import Running, running
from tests.speaker.udp_phone import udp_phone

LONGEST_GAP_S = 2.0
LIMIT_S = 30.0
ASK_EVERY_S = 0.02
A_DEVICE_KB = 1000
"""What one device weighs at least, its routes above all; the allocator varies by less than five."""
SOME = 5
"""Restarts after which something that is left over would show."""


async def restarted(speaker: Running) -> str:
    """Have it begin anew; the line with which it says that it is ready."""
    speaker.terminate(signal.SIGHUP)
    assert speaker.process.stdout is not None
    line = await asyncio.wait_for(speaker.process.stdout.readline(), LIMIT_S)
    return line.decode().strip()


async def boot(speaker: Running) -> dict[str, object]:
    async with speaker.http() as http:
        told: dict[str, object] = (await http.get("/api/v1/state")).json()["boot"]
        return told


def time_of(pid: int) -> float:
    """Seconds, without those in which the speaker waited for a processor that others had."""
    told = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return time.monotonic() - int(told[1]) / 1e9


async def longest_gap_s(
    pid: int, ask: Callable[[], Awaitable[bool]], until: asyncio.Event
) -> float:
    """Between two answers to questions that are asked all the time, on a machine of its own."""
    last, longest = time_of(pid), 0.0
    while not until.is_set():
        if await ask():
            now = time_of(pid)
            longest, last = max(longest, now - last), now
        await asyncio.sleep(ASK_EVERY_S)
    return max(longest, time_of(pid) - last)


async def test_a_restart_keeps_the_ports_and_leaves_nobody_without_an_answer_for_two_seconds(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as speaker, udp_phone(speaker.sip_port) as phone:
        done, pid = asyncio.Event(), speaker.process.pid

        async def http() -> bool:
            try:
                async with httpx.AsyncClient(timeout=LIMIT_S) as client:
                    url = f"http://127.0.0.1:{speaker.http_port}/healthz"
                    return (await client.get(url)).status_code == 200
            except httpx.HTTPError:
                return False

        async def sip() -> bool:
            return await phone.is_answered_options(within_s=0.1)

        gaps = asyncio.gather(longest_gap_s(pid, http, done), longest_gap_s(pid, sip, done))
        first = await boot(speaker)
        assert await restarted(speaker) == speaker.ready_line
        assert (await boot(speaker))["id"] != first["id"]
        assert speaker.process.returncode is None, "it is the same process"
        done.set()
        of_http, of_sip = await gaps
        assert of_http < LONGEST_GAP_S
        assert of_sip < LONGEST_GAP_S
        speaker.terminate()
        assert await speaker.ended() == 0


async def test_calls_end_politely_before_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker, udp_phone(speaker.sip_port) as phone:
        await phone.talk()
        speaker.terminate(signal.SIGHUP)
        phone.confirm(await phone.request("BYE"))


async def test_who_asks_for_a_restart_is_answered_first(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker, speaker.http() as http:
        first = await boot(speaker)
        assert (await http.get("/axis-cgi/restart.cgi")).status_code == 200
        assert speaker.process.stdout is not None
        assert await asyncio.wait_for(speaker.process.stdout.readline(), LIMIT_S)
        assert (await boot(speaker))["id"] != first["id"]


async def test_nothing_piles_up_from_one_run_to_the_next(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker:
        await restarted(speaker)
        before = holdings(speaker.process.pid)
        for _ in range(SOME):
            await restarted(speaker)
        after = holdings(speaker.process.pid)
        assert after["threads"] <= before["threads"]
        assert after["files"] <= before["files"]
        assert after["memory_kb"] < before["memory_kb"] + SOME * A_DEVICE_KB


def holdings(pid: int) -> dict[str, int]:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return {
        "threads": len([*Path(f"/proc/{pid}/task").iterdir()]),
        "files": len([*Path(f"/proc/{pid}/fd").iterdir()]),
        "memory_kb": int(found[1]),
    }


async def test_a_stop_amid_a_restart_is_a_stop(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker:
        speaker.terminate(signal.SIGHUP)
        speaker.terminate()
        assert await asyncio.wait_for(speaker.process.wait(), LIMIT_S) == 0


async def test_who_reads_no_ready_lines_any_more_keeps_nobody_from_a_restart(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as speaker:
        first = await boot(speaker)
        assert speaker.process.stdout is not None
        speaker.process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        speaker.terminate(signal.SIGHUP)
        async with asyncio.timeout(LIMIT_S):
            while await boot_or_none(speaker) in (None, first["id"]):
                pass
        speaker.terminate()
        assert await speaker.ended() == 0


async def boot_or_none(speaker: Running) -> object:
    await asyncio.sleep(ASK_EVERY_S)
    try:
        return (await boot(speaker))["id"]
    except (httpx.HTTPError, KeyError):  # its token is not known yet
        return None


async def test_a_setting_that_is_wrong_by_now_ends_the_restart_with_its_exit_code(
    tmp_path: Path,
) -> None:
    config = tmp_path / "speaker.toml"
    config.write_text("[sip]\nmax_calls = 2\n", encoding="utf-8")
    async with running(tmp_path / "data", "--config", str(config)) as speaker:
        config.write_text("[sip]\nmax_calls = 0\n", encoding="utf-8")
        speaker.terminate(signal.SIGHUP)
        assert await asyncio.wait_for(speaker.process.wait(), LIMIT_S) == 2


async def test_what_was_set_is_there_after_a_kill(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker:
        async with speaker.http() as http:
            account = {"name": "root", "password": "pass"}
            assert (await http.post("/api/v1/setup", json=account)).status_code < 300
        speaker.process.kill()
        await speaker.process.wait()
    async with running(tmp_path) as speaker, httpx.AsyncClient() as http:
        url = f"http://127.0.0.1:{speaker.http_port}/api/v1/state"
        assert (await http.get(url, auth=httpx.DigestAuth("root", "pass"))).status_code == 200
