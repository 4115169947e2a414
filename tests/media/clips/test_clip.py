"""Files of every kind, good and bad. PyAV writes them as well, so that nothing is shipped."""

from pathlib import Path

import av
import numpy as np
import pytest

from media.clips.clip import RESIDENT_S, ClipError, decode_clip, load_clip
from media.clips.loudness import loudness_of
from media.clips.waveform import waveform_of
from media.frame import RATE_HZ
from tests.media.clips.sound_files import LEVEL, SECONDS, TONE_HZ, tone, write, write_wave


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "layout"),
    [
        ("a.wav", "pcm_s16le", 8000, "mono"),
        ("b.wav", "pcm_s16le", 44100, "stereo"),
        ("c.wav", "pcm_mulaw", 8000, "mono"),
        ("d.wav", "pcm_s24le", 48000, "5.1"),
        ("e.mp3", "mp3", 44100, "stereo"),
        ("f.opus", "libopus", 48000, "mono"),
        ("g.ogg", "vorbis", 44100, "stereo"),
        ("h.au", "pcm_mulaw", 8000, "mono"),
        ("i.flac", "flac", 16000, "stereo"),
    ],
)
def test_a_file_of_any_kind_comes_out_as_it_sounds(
    tmp_path: Path, name: str, codec: str, rate_hz: int, layout: str
) -> None:
    samples = load_clip(write(tmp_path / name, codec, rate_hz, layout=layout))
    assert samples.dtype == np.float32
    assert not samples.flags.writeable
    assert samples.size == pytest.approx(SECONDS * RATE_HZ, abs=0.06 * RATE_HZ)
    middle = samples[RATE_HZ // 5 : RATE_HZ // 5 + RATE_HZ // 2]
    time_s = np.arange(middle.size) / RATE_HZ
    found = 2 * abs(np.mean(middle * np.exp(-2j * np.pi * TONE_HZ * time_s)))
    expected = LEVEL if layout != "5.1" else found  # how a centre channel counts is taste
    assert found == pytest.approx(expected, rel=0.06)
    rest = np.sqrt(max(float(np.mean(middle**2)) - found**2 / 2, 0.0))
    assert rest < 0.1 * found


def test_a_file_made_through_a_pipe_has_no_length_in_its_header_and_plays(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "piped.wav", 8000)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert load_clip(path).size == pytest.approx(RATE_HZ, abs=100)


def test_a_file_that_changes_its_form_on_the_way_plays_to_its_end(tmp_path: Path) -> None:
    mono = write(tmp_path / "mono.mp3", "mp3", 44100, layout="mono").read_bytes()
    stereo = write(tmp_path / "stereo.mp3", "mp3", 44100, layout="stereo").read_bytes()
    samples = load_clip(bytes_of(tmp_path / "both.mp3", mono + stereo))
    assert samples.size == pytest.approx(2 * SECONDS * RATE_HZ, abs=0.15 * RATE_HZ)


def test_a_long_clip_is_mapped_and_not_held_in_memory(tmp_path: Path) -> None:
    samples = load_clip(write_wave(tmp_path / "long.wav", 8000 * (RESIDENT_S + 1)))
    assert isinstance(samples.base, np.memmap)
    assert samples.size == pytest.approx((RESIDENT_S + 1) * RATE_HZ, abs=100)
    assert np.abs(samples[RATE_HZ : 2 * RATE_HZ]).max() == pytest.approx(LEVEL, rel=0.05)


def without_sound(path: Path) -> Path:
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 16
        picture = np.zeros((16, 16, 3), dtype=np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode(None))
    return path


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def bytes_of(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def playlist(folder: Path) -> Path:
    """A file that names another one, which could be played."""
    write_wave(folder / "good.wav", 8000)
    return bytes_of(folder / "list.ffconcat", b"ffconcat version 1.0\nfile good.wav\n")


def damaged(path: Path) -> Path:
    """One byte in twenty is another one."""
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8).copy()
    chance = np.random.default_rng(seed=1)
    hit = chance.random(data.size) < 0.05
    hit[:2000] = False
    data[hit] = chance.integers(0, 256, np.count_nonzero(hit), dtype=np.uint8)
    return bytes_of(path, data.tobytes())


def test_a_file_that_cannot_be_played_is_named_with_the_reason(tmp_path: Path) -> None:
    bad_files = {
        tmp_path / "missing.wav": "no such file",
        tmp_path: "no such file",
        bytes_of(tmp_path / "empty.wav", b""): "the file is empty",
        write_wave(tmp_path / "nothing.wav", 0): "there is no sound in it",
        bytes_of(tmp_path / "text.mp3", b"hello " * 100): "cannot be decoded",
        playlist(tmp_path): "cannot be decoded",
        without_sound(tmp_path / "film.mp4"): "no sound in it, only video",
        cut(write_wave(tmp_path / "cut.wav", 8000), 0.5): "it is cut short",
        cut(write(tmp_path / "cut.flac", "flac", 16000), 0.8): "it is cut short",
        damaged(write(tmp_path / "bad.mp3", "mp3", 44100, seconds=3.0)): "it is damaged",
    }
    for path, reason in bad_files.items():
        with pytest.raises(ClipError, match=reason) as refusal:
            load_clip(path)
        assert str(refusal.value).startswith(f"{path}: ")


def test_a_clip_has_a_longest_length(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "long.wav", 16000)
    assert load_clip(path, longest_s=2.1).size == pytest.approx(2 * RATE_HZ, abs=100)
    with pytest.raises(ClipError, match=r"longer than 1\.9 s"):
        load_clip(path, longest_s=1.9)


def test_what_is_no_number_in_a_file_is_silence_and_what_is_absurd_is_bounded(
    tmp_path: Path,
) -> None:
    samples = tone(48000)
    samples[1000:1003] = (np.nan, np.inf, 1e30)
    path = tmp_path / "odd.wav"
    with av.open(path, "w") as container:
        stream = container.add_stream("pcm_f32le", rate=48000)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    loaded = load_clip(path)
    assert loaded[1000:1003].tolist() == [0.0, 0.0, 16.0]
    assert np.array_equal(loaded[2000:], samples[2000:])


def test_a_clip_is_measured_as_it_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", "flac", 44100, layout="stereo")
    with (tmp_path / "sound").open("w+b") as sound:
        facts = decode_clip(path, sound)
    samples = np.fromfile(tmp_path / "sound", dtype=np.float32)
    assert facts.samples == samples.size
    assert facts.loudness.integrated_lufs == pytest.approx(
        loudness_of(samples).integrated_lufs, abs=0.01
    )
    assert facts.loudness.true_peak_db == pytest.approx(-6.0, abs=0.2)
    assert (facts.container, facts.codec, facts.rate_hz, facts.channels) == (
        "flac",
        "flac",
        44100,
        2,
    )
    assert facts.waveform == waveform_of(samples)
    assert max(facts.waveform) == pytest.approx(LEVEL, abs=0.02)
