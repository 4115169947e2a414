"""Sound by HTTP with ffmpeg and curl, judged by what is in it."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from media.frame import RATE_HZ, FloatArray
from tests.media.bytestream.ffmpeg import decoded
from tests.media.clips.sound_files import write_wave
from tests.speaker.running import Running, running

pytestmark = pytest.mark.hears

USER, PASSWORD = "admin", "horse battery"
TRANSMIT, RECEIVE = "/axis-cgi/audio/transmit.cgi", "/axis-cgi/audio/receive.cgi"
MICROPHONE_HZ = 440.0
LIMIT_S = 20.0
G726 = ["-c:a", "adpcm_g726le"]
MULAW = ["-f", "mulaw", "-ar", "8000"]


@dataclass
class Ground:
    """A speaker with an administrator, a file as loudspeaker, and a tone at its microphone."""

    speaker: Running
    played: Path

    def url(self, path: str, *, login: bool = False) -> str:
        who = f"{USER}:{PASSWORD.replace(' ', '%20')}@" if login else ""
        return f"http://{who}127.0.0.1:{self.speaker.http_port}{path}"

    async def curl(self, path: str, *arguments: str) -> bytes:
        """What curl says of a request with Digest."""
        login = ("--digest", "-u", f"{USER}:{PASSWORD}")
        return await said("curl", "-s", *login, *arguments, self.url(path))

    @asynccontextmanager
    async def until_transmitted(self) -> AsyncIterator[None]:
        """What is sent inside has been taken and played when this is left."""
        async with (
            self.speaker.http() as http,
            http.stream("GET", "/api/v1/events", params={"name": "audio.transmit"}) as events,
            asyncio.timeout(LIMIT_S),
        ):
            values = transmitting(events.aiter_lines())
            assert not await anext(values)
            yield
            assert await anext(values)
            assert not await anext(values)

    async def heard(self) -> FloatArray:
        """All that the loudspeaker has played by now, when it has fallen silent."""
        await asyncio.sleep(0.3)
        with wave.open(str(self.played)) as file:
            frames = file.readframes(file.getnframes())
        return np.frombuffer(frames, dtype="<i2").astype(np.float32) / np.float32(32768)


async def transmitting(lines: AsyncIterator[str]) -> AsyncIterator[bool]:
    """Whether somebody transmits, now and after each change."""
    async for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))["value"]


async def said(*command: str, limit_s: float = LIMIT_S) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), limit_s)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    tone = write_wave(tmp_path / "microphone.wav", 8000)
    played = tmp_path / "played.wav"
    sound = ("--output", f"wav:{played}", "--input", f"wav:{tone}")
    async with running(tmp_path / "data", *sound) as speaker:
        async with speaker.http() as http:
            body = {"name": USER, "password": PASSWORD}
            assert (await http.post("/api/v1/setup", json=body)).status_code == 201
        yield Ground(speaker, played)


def level(sound: FloatArray, frequency_hz: float, rate_hz: int = RATE_HZ) -> float:
    """How strong a tone is in it."""
    time_s = np.arange(sound.size) / rate_hz
    return float(2 * abs(np.mean(sound * np.exp(-2j * np.pi * frequency_hz * time_s))))


def sounding(sound: FloatArray) -> FloatArray:
    """From the first to the last of what is not silence."""
    places = np.flatnonzero(np.abs(sound) > 0.01)
    return sound[places[0] : places[-1] + 1] if places.size else sound[:0]


@pytest.mark.parametrize(
    ("media_type", "pace", "arguments"),
    [
        ("audio/basic", ["-re"], ["-ar", "8000", "-f", "mulaw"]),
        ("audio/basic", [], ["-ar", "8000", "-f", "mulaw"]),
        ("audio/opus", ["-re"], ["-c:a", "libopus", "-page_duration", "20000", "-f", "ogg"]),
        (
            "audio/G726-32",
            [],
            ["-ar", "8000", "-c:a", "adpcm_g726le", "-b:a", "32k", "-f", "g726le"],
        ),
        ("audio/L24;rate=48000", [], ["-ar", "48000", "-f", "s24be"]),
    ],
)
async def test_what_ffmpeg_sends_is_heard_as_it_is(
    ground: Ground, media_type: str, pace: list[str], arguments: list[str]
) -> None:
    source = ["-f", "lavfi", "-i", "sine=frequency=700:duration=1.5"]  # at 1/8 of full scale
    url = ground.url(TRANSMIT, login=True)
    command = ["ffmpeg", "-nostdin", "-v", "error", *pace, *source, *arguments]
    async with ground.until_transmitted():  # ffmpeg leaves when all is sent
        await said(*command, "-content_type", media_type, "-method", "POST", url)
    heard = sounding(await ground.heard())
    assert heard.size / RATE_HZ == pytest.approx(1.5, abs=0.05)
    middle = heard[heard.size // 4 : -heard.size // 4]
    found = level(middle, 700)
    assert found == pytest.approx(1 / 8, rel=0.1)
    assert np.sqrt(np.mean(middle**2) * 2) == pytest.approx(found, rel=0.1)  # and nothing else


async def test_curl_is_answered_when_all_was_heard(ground: Ground, tmp_path: Path) -> None:
    file = tmp_path / "sound.ul"
    file.write_bytes(b"\x80\x00" * 4000)  # full scale, back and forth: 4 kHz
    status = ("-o", "/dev/null", "-w", "%{http_code} %{time_total}")
    kind = ("-H", "Content-Type: audio/basic")
    told = await ground.curl(TRANSMIT, *status, *kind, "--data-binary", f"@{file}")
    code, seconds = told.split()
    assert code == b"200"
    assert 0.95 < float(seconds) < 2.0


async def test_one_transmits_at_a_time_and_what_is_wrong_is_said(ground: Ground) -> None:
    port = ground.speaker.http_port
    async with ground.speaker.http() as http:
        token = http.headers["Authorization"]
    head = (
        f"POST {TRANSMIT} HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n"
        "Content-Type: audio/basic\r\nContent-Length: 99999999\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + bytes(800))
    await writer.drain()
    async with ground.speaker.http() as http:
        async with asyncio.timeout(5):
            while True:
                state = (await http.get("/api/v1/state")).json()
                if any(c["name"] == "audio.transmit" and c["value"] for c in state["conditions"]):
                    break
        kind = {"Content-Type": "audio/basic"}
        refused = await http.post(TRANSMIT, content=b"x", headers=kind)
        assert (refused.status_code, refused.text[:23]) == (503, "503 Service Unavailable")
        assert (await http.post(TRANSMIT, content=b"x")).status_code == 415
        assert (await http.get(TRANSMIT)).status_code == 405
        reply = await asyncio.wait_for(reader.read(), 10)  # nothing has come for a second
        assert reply.startswith(b"HTTP/1.1 408")
        writer.close()
        kind = {"Content-Type": "audio/opus"}
        bad = await http.post(TRANSMIT, content=b"no ogg", headers=kind)
        assert (bad.status_code, "no page of Ogg" in bad.text) == (400, True)
        assert (await http.post(TRANSMIT, content=b"", headers=kind)).status_code == 200


async def test_a_client_of_the_time_before_lengths_is_heard_until_it_closes(
    ground: Ground,
) -> None:
    async with ground.speaker.http() as http:
        token = http.headers["Authorization"]
    head = f"POST {TRANSMIT} HTTP/1.0\r\nAuthorization: {token}\r\nContent-Type: audio/basic\r\n"
    async with ground.until_transmitted():
        _, writer = await asyncio.open_connection("127.0.0.1", ground.speaker.http_port)
        writer.write(f"{head}\r\n".encode() + b"\x80\x00" * 2000)
        await writer.drain()
        writer.close()
    assert sounding(await ground.heard()).size / RATE_HZ == pytest.approx(0.5, abs=0.05)


async def test_a_stranger_who_streams_is_told_at_once(ground: Ground) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", ground.speaker.http_port)
    writer.write(
        f"POST {TRANSMIT} HTTP/1.1\r\nHost: a\r\nContent-Type: audio/basic\r\n"
        "Transfer-Encoding: chunked\r\n\r\n".encode()
    )
    reply = await asyncio.wait_for(reader.readuntil(b"\r\n"), 2)
    assert reply.startswith(b"HTTP/1.1 401")
    writer.close()


@pytest.mark.parametrize(
    ("query", "rate_hz", "arguments"),
    [
        ("", 8000, ["-f", "mulaw", "-ar", "8000"]),
        ("?audiocodec=g726&audiobitrate=24000", 8000, ["-f", "g726le", "-code_size", "3"]),
        ("?audiocodec=opus", 48000, ["-f", "ogg"]),
        ("?audiocodec=lpcm&audiosamplerate=16000", 16000, ["-f", "s24be", "-ar", "16000"]),
    ],
)
async def test_what_the_microphone_hears_is_in_every_format(
    ground: Ground, query: str, rate_hz: int, arguments: list[str]
) -> None:
    data = await ground.curl(RECEIVE + query, "--max-time", "1.5")
    sound = decoded(data, rate_hz, *arguments)
    assert sound.size / rate_hz == pytest.approx(1.3, abs=0.3)
    # The tone begins anew each second.
    found = max(
        level(sound[place : place + rate_hz // 4], MICROPHONE_HZ, rate_hz)
        for place in (rate_hz // 4, rate_hz // 2)
    )
    assert found == pytest.approx(0.5, rel=0.1)


async def test_parts_have_their_type_and_length(ground: Ground) -> None:
    data = await ground.curl(f"{RECEIVE}?httptype=multipart", "--max-time", "1", "-i")
    assert b"multipart/x-mixed-replace; boundary=speaker-sound" in data
    whole = b"Content-Type: audio/basic\r\nContent-Length: 512\r\n\r\n"
    parts = data.split(b"--speaker-sound\r\n")[1:-1]
    assert len(parts) > 8
    assert all(part.startswith(whole) and len(part) == len(whole) + 514 for part in parts)
    sound = decoded(b"".join(part[len(whole) : -2] for part in parts), 8000, *MULAW)
    assert level(sound[2000:4000], MICROPHONE_HZ, 8000) == pytest.approx(0.5, rel=0.1)
