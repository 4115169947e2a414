"""What transmit.cgi and receive.cgi refuse, and what they do with whatever comes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from media.bytestream.encoding import stream_format
from speaker.sound.listening import WAITING_FRAMES, TooManyListeners
from tests.speaker.bus_watch import until
from tests.speaker.http.serving import Served, serving

TRANSMIT, RECEIVE = "/axis-cgi/audio/transmit.cgi", "/axis-cgi/audio/receive.cgi"
BASIC = {"Content-Type": "audio/basic"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("audiocodec=aac", 400),
        ("audiocodec=", 400),
        ("audiocodec=g711&audiobitrate=1", 400),
        ("audiosamplerate=x", 400),
        ("httptype=both", 400),
        ("audiodeviceid=1", 400),
        ("audionbrofchannels=2", 400),
        ("audiocodec=%00", 400),
    ],
)
async def test_what_cannot_be_heard_is_refused(
    http: httpx.AsyncClient, query: str, status: int
) -> None:
    if query == "audiocodec=":
        query += "&httptype=no"  # an empty codec is none at all: the usual one
    assert (await http.get(f"{RECEIVE}?{query}")).status_code == status


@pytest.mark.parametrize(
    ("setting", "get", "post"),
    [
        ("http_audio.duplex_mode=get", None, 405),
        ("http_audio.duplex_mode=post", 405, 200),
        ("audio.input_enabled=false", 405, 200),
        ("http_audio.max_listeners=0", 503, 200),
    ],
)
async def test_settings_say_which_way_sound_may_go(
    tmp_path: Path, setting: str, get: int | None, post: int
) -> None:
    async with serving(tmp_path, setting) as served, served.local() as http:
        if get is not None:
            assert (await http.get(RECEIVE)).status_code == get
        assert (await http.post(TRANSMIT, content=bytes(80), headers=BASIC)).status_code == post


async def test_a_change_counts_for_the_next_request(
    served: Served, http: httpx.AsyncClient
) -> None:
    for mode, status in (("full", 200), ("get", 405), ("post", 200)):
        await served.device.change({"http_audio": {"duplex_mode": mode}}, by="test")
        answer = await http.post(TRANSMIT, content=bytes(80), headers=BASIC)
        assert answer.status_code == status


async def test_the_bus_tells_of_a_transmission_until_it_was_heard(
    served: Served, http: httpx.AsyncClient
) -> None:
    bus = served.device.bus
    sending = asyncio.create_task(http.post(TRANSMIT, content=bytes(2400), headers=BASIC))
    await until(bus, "audio.transmit", value=True)
    assert (await http.post(TRANSMIT, content=b"x", headers=BASIC)).status_code == 503
    assert (await sending).status_code == 200
    assert bus.value("audio.transmit") is False


async def test_a_speaker_that_stops_ends_transmissions(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(800)
            await asyncio.sleep(0.05)

    async with serving(tmp_path) as served, served.local() as http:
        sending = asyncio.create_task(http.post(TRANSMIT, content=endless(), headers=BASIC))
        await until(served.device.bus, "audio.transmit", value=True)
        served.device.transmitter.stop()
        assert (await asyncio.wait_for(sending, 5)).status_code == 503


async def test_whatever_is_sent_as_sound_is_played_or_refused(http: httpx.AsyncClient) -> None:
    chance = np.random.default_rng(seed=11)
    kinds = ["audio/basic", "audio/axis-mulaw-128", "audio/G726-24", "audio/opus", "audio/L24"]
    for kind in [*kinds, "audio/L24;rate=44100;channels=2", "audio/L24;rate=;x", ";;;", "\xff"]:
        data = chance.bytes(int(chance.integers(1, 4000)))
        headers = httpx.Headers({"Content-Type": kind}, encoding="latin-1")
        answer = await asyncio.wait_for(http.post(TRANSMIT, content=data, headers=headers), 5)
        assert answer.status_code in (200, 400, 415), (kind, answer.text)


async def test_one_who_does_not_read_loses_sound_and_holds_up_nobody(served: Served) -> None:
    listening, bus = served.device.listening, served.device.bus
    wanted = stream_format("g711")
    async with (
        listening.listening(wanted, user="slow", most=2) as slow,
        listening.listening(wanted, user="quick", most=2) as quick,
    ):
        assert bus.value("audio.listeners") == 2
        with pytest.raises(TooManyListeners):
            async with listening.listening(stream_format("lpcm"), user="third", most=2):
                pass
        heard = 0
        async for frame in quick:
            heard += len(frame)
            if heard >= 160 * (WAITING_FRAMES + 10):
                break
        assert slow.lost_frames > 0
        kept = 0
        async for frame in slow:
            kept += len(frame)
            if kept >= 160 * WAITING_FRAMES:
                break
        listening.end()
        assert [frame async for frame in quick] == []
    assert bus.value("audio.listeners") == 0
