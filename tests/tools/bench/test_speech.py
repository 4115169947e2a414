"""What the figure of speech stands on: losses that repeat, recordings, and values from below."""

from __future__ import annotations

import itertools
import statistics
import wave
from pathlib import Path

import numpy as np
import pytest

from tools.bench.device import Address
from tools.bench.errors import NoSoundHeard
from tools.bench.figures.speech_quality import delay_of
from tools.bench.packet_stream import G722, OPUS, PCMU, StreamCodec, burst_losses, random_losses
from tools.bench.reading import Reading
from tools.bench.recording import FilePerCall, GrowingFile
from tools.bench.sip_text import offer
from tools.bench.table import AtLeast, cells, rows_of

PACKETS = 20_000


@pytest.mark.parametrize("losses", [random_losses, burst_losses])
@pytest.mark.parametrize("share", [0.03, 0.05, 0.2])
def test_as_many_are_lost_as_wanted_and_the_same_for_the_same_seed(
    losses: type, share: float
) -> None:
    lost = losses(PACKETS, share, 1)
    assert len(lost) == pytest.approx(share * PACKETS, rel=0.1)
    assert lost == losses(PACKETS, share, 1) != losses(PACKETS, share, 2)


def test_bursts_are_as_long_as_wanted_on_average() -> None:
    lost = sorted(burst_losses(PACKETS, 0.05, 1, 3.0))
    rows = itertools.groupby(enumerate(lost), lambda pair: pair[1] - pair[0])
    assert statistics.mean(len(list(row)) for _, row in rows) == pytest.approx(3.0, rel=0.1)


def test_nothing_is_lost_where_nothing_shall_be() -> None:
    assert random_losses(PACKETS, 0.0, 1) == burst_losses(PACKETS, 0.0, 1) == frozenset()


@pytest.mark.parametrize(("codec", "octets"), [(PCMU, 160), (G722, 160), (OPUS, None)])
def test_a_second_of_sound_is_50_packets(codec: StreamCodec, octets: int | None) -> None:
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, 16_000).astype(np.float32)
    payloads = codec.payloads(noise)
    assert len(payloads) == 50
    assert octets is None or {len(payload) for payload in payloads} == {octets}


def test_an_offer_names_the_codec_that_is_wanted() -> None:
    text = offer(Address("127.0.0.1", 4000), OPUS.formats)
    assert "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinband" in text


def write_wav(path: Path, samples: list[int], channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.array(samples, dtype="<i2").tobytes())


def test_of_a_growing_file_only_what_was_added_is_the_call(tmp_path: Path) -> None:
    path = tmp_path / "played.wav"
    write_wav(path, [1, 2, 3])
    recording = GrowingFile(path)
    recording.begin()
    with path.open("ab") as file:
        file.write(np.array([16384, -16384], dtype="<i2").tobytes())
    samples, rate_hz = recording.end()
    assert (samples.tolist(), rate_hz) == ([0.5, -0.5], 8000)


def test_of_a_folder_of_calls_the_new_file_is_the_call_and_its_first_channel(
    tmp_path: Path,
) -> None:
    write_wav(tmp_path / "dump-1-enc.wav", [1])
    recording = FilePerCall(tmp_path, "dump-*-enc.wav")
    recording.begin()
    write_wav(tmp_path / "dump-2-dec.wav", [1])
    write_wav(tmp_path / "dump-2-enc.wav", [16384, 7, -16384, 7], channels=2)
    assert recording.end()[0].tolist() == [0.5, -0.5]


def test_a_call_without_a_file_is_said_to_be_silent(tmp_path: Path) -> None:
    recording = FilePerCall(tmp_path, "dump-*-enc.wav", within_s=0.0)
    recording.begin()
    with pytest.raises(NoSoundHeard, match="dump"):
        recording.end()


def test_the_delay_of_what_was_heard_is_found() -> None:
    sent = np.random.default_rng(1).standard_normal(4000).astype(np.float32)
    heard = np.concatenate([np.zeros(321, np.float32), 0.5 * sent, np.zeros(100, np.float32)])
    assert delay_of(sent, heard) == 321
    with pytest.raises(NoSoundHeard):
        delay_of(sent, heard[:0])


@pytest.mark.parametrize(("value", "reached"), [(4.0, True), (3.99, False)])
def test_some_values_are_to_be_reached_from_below(value: float, reached: bool) -> None:
    (row,) = rows_of([Reading("speaker", "PESQ", value, "")], {"PESQ": AtLeast(4.0)})
    assert row.reached is reached
    assert cells(row)[-1] == ("≥ 4 ✓" if reached else "≥ 4 ✗")
