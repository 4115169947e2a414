"""Files in place of a loudspeaker and a microphone."""

import resource
import signal
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from media.devices.device import SoundDeviceError
from media.devices.pacing import LATENCY_S
from media.devices.wav import WavInput, WavOutput
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, silence


def ramp(frames: int) -> FloatArray:
    return np.linspace(-1.0, 1.0, frames * FRAME_SAMPLES, dtype=np.float32)


def write_all(output: WavOutput, samples: FloatArray, now: float = 0.0) -> None:
    for number, start in enumerate(range(0, samples.size, FRAME_SAMPLES)):
        output.write(samples[start : start + FRAME_SAMPLES], now + number * TICK_S)


def read_file(path: Path) -> FloatArray:
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (1, 2, RATE_HZ)
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return pcm.astype(np.float32) / np.float32(32767)


def test_what_is_played_is_in_the_file_sample_for_sample(tmp_path: Path) -> None:
    output = WavOutput(str(tmp_path / "out.wav"))
    output.open()
    write_all(output, ramp(7))
    output.close()
    output.close()
    assert read_file(tmp_path / "out.wav") == pytest.approx(ramp(7), abs=1 / 32767)


def test_the_file_can_be_read_while_it_grows_and_is_50_ms_behind_at_most(tmp_path: Path) -> None:
    output = WavOutput(str(tmp_path / "out.wav"))
    output.open()
    assert read_file(tmp_path / "out.wav").size == 0
    for frames in range(1, 40):
        output.write(ramp(1), frames * TICK_S)
        there = read_file(tmp_path / "out.wav").size
        assert (frames - 5) * FRAME_SAMPLES < there <= frames * FRAME_SAMPLES
    output.close()


def test_a_sample_beyond_full_scale_is_clipped_and_not_wrapped(tmp_path: Path) -> None:
    output = WavOutput(str(tmp_path / "out.wav"))
    output.open()
    output.write(np.full(FRAME_SAMPLES, 1.5, dtype=np.float32), 0.0)
    output.close()
    assert np.all(read_file(tmp_path / "out.wav") == pytest.approx(1.0, abs=0.001))


def test_a_late_tick_leaves_the_gap_that_was_heard_and_is_counted(tmp_path: Path) -> None:
    output = WavOutput(str(tmp_path / "out.wav"))
    output.open()
    sound = np.ones(FRAME_SAMPLES, dtype=np.float32)
    output.write(sound, 0.0)
    output.write(sound, TICK_S + LATENCY_S / 2)
    assert output.underruns == 0
    output.write(sound, 0.1)
    output.close()
    assert output.underruns == 1
    heard = read_file(tmp_path / "out.wav")
    gap_s = 0.1 - (LATENCY_S + 2 * TICK_S)
    assert np.count_nonzero(heard == 0.0) == round(gap_s * RATE_HZ)
    assert np.all(heard[-FRAME_SAMPLES:] > 0.99)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "out.wav"
    with pytest.raises(SoundDeviceError, match=rf"output wav:{path}: No such file"):
        WavOutput(str(path)).open()


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """As on a full disk: no file grows beyond 10 kB."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("small_files_only")
def test_a_full_disk_is_trouble_and_not_the_end(tmp_path: Path) -> None:
    output = WavOutput(str(tmp_path / "out.wav"))
    output.open()
    write_all(output, ramp(5))
    assert not output.trouble(0.0)
    write_all(output, ramp(50), now=5 * TICK_S)
    assert "out.wav: File too large" in output.trouble(0.0)
    output.close()
    assert read_file(tmp_path / "out.wav").size > 5 * FRAME_SAMPLES


def test_a_microphone_file_starts_at_its_beginning_and_goes_round(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    output = WavOutput(str(path))
    output.open()
    write_all(output, ramp(3))
    output.close()
    microphone, frame = WavInput(str(path)), silence()
    microphone.open()
    heard = []
    for _ in range(6):
        microphone.read(frame, None, 0.0)
        heard.append(frame.copy())
    assert np.concatenate(heard) == pytest.approx(np.tile(ramp(3), 2), abs=0.001)


def test_a_microphone_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundDeviceError, match=r"input .*none\.wav: no such file"):
        WavInput(str(tmp_path / "none.wav")).open()
