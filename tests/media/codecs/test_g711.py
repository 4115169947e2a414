from __future__ import annotations

import shutil
import subprocess
import sys
import warnings

import numpy as np
import numpy.typing as npt
import pytest

from media.codecs import Codec, g711, registry

ALL_SAMPLES = np.arange(-32768, 32768)

# Decision values x(n) on the segment borders, as printed: G.711 table 2a (µ-law, of 8159) and
# table 1a (A-law, of 4096), with the number n of each.
ULAW_BORDERS = {0: 0, 1: 1, 16: 31, 32: 95, 48: 223, 64: 479, 80: 991, 96: 2015, 112: 4063}
ALAW_BORDERS = {0: 0, 16: 32, 32: 64, 48: 128, 64: 256, 80: 512, 96: 1024, 112: 2048}


def encoded(codec: Codec, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    sound = (samples / 32768).astype(np.float32)
    return np.frombuffer(codec.encoder("").encode(sound), dtype=np.uint8)


def decoded(codec: Codec) -> npt.NDArray[np.int64]:
    """What the 256 codes mean, on the 16-bit scale."""
    table = {"PCMU": g711.ULAW_SAMPLES, "PCMA": g711.ALAW_SAMPLES}[codec.name]
    return np.asarray(np.round(table * 32768), dtype=np.int64)


@pytest.mark.parametrize(
    ("values", "borders", "scale"),
    [
        (g711.ulaw_decision_values(), ULAW_BORDERS, 4),
        (g711.alaw_decision_values(), ALAW_BORDERS, 8),
    ],
)
def test_the_decision_values_are_those_of_the_recommendation(
    values: npt.NDArray[np.int32], borders: dict[int, int], scale: int
) -> None:
    """G.711 tables 1a and 2a: within a segment all intervals are equally wide."""
    assert {n: int(values[n]) // scale for n in borders} == borders
    widths = np.diff(values)
    for first in range(16, 112, 16):
        assert len(set(widths[first : first + 15].tolist())) == 1


@pytest.mark.parametrize(
    ("codec", "sample", "code"),
    [
        # The first and last codes of each sign, as printed with tables 1a to 2b.
        (g711.PCMU, 0, 0xFF),
        (g711.PCMU, -1, 0x7F),
        (g711.PCMU, 32767, 0x80),
        (g711.PCMU, -32768, 0x00),
        (g711.PCMA, 0, 0xD5),
        (g711.PCMA, -1, 0x55),
        (g711.PCMA, 32767, 0xAA),
        (g711.PCMA, -32768, 0x2A),
    ],
)
def test_the_codes_at_the_ends_of_the_scale(codec: Codec, sample: int, code: int) -> None:
    assert encoded(codec, np.array([sample]))[0] == code


@pytest.mark.parametrize("codec", [g711.PCMU, g711.PCMA])
def test_the_negative_half_mirrors_the_positive_one(codec: Codec) -> None:
    """G.711 defines intervals of the magnitude; only the sign bit differs."""
    magnitudes = np.arange(1, 32768)
    assert np.array_equal(encoded(codec, magnitudes) ^ 0x80, encoded(codec, -magnitudes))


@pytest.mark.parametrize("codec", [g711.PCMU, g711.PCMA])
def test_each_code_comes_back_as_itself(codec: Codec) -> None:
    again = encoded(codec, decoded(codec))
    codes = np.arange(256)
    zero = (decoded(codec) == 0) & (codes == 0x7F)  # minus zero is plus zero
    assert np.array_equal(again[~zero], codes[~zero])


def test_inputs_just_below_a_ulaw_decision_value_stay_below_it_when_negative() -> None:
    """The 381 inputs where shifting a two's complement number misses the code.

    Three for each of the 127 decision values above zero: magnitudes 4x-3, 4x-2 and 4x-1 are less
    than 4x, so they belong to the interval below, on either side of zero.
    """
    below = [4 * x - k for x in (g711.ulaw_decision_values()[1:] // 4).tolist() for k in (1, 2, 3)]
    disputed = -np.array(below)
    shifted = -((disputed >> 2) * 4)  # what the shift makes of the magnitude
    assert len(set(disputed.tolist())) == 381
    assert np.array_equal(encoded(g711.PCMU, disputed) ^ 0x80, encoded(g711.PCMU, -disputed))
    assert (encoded(g711.PCMU, -shifted) != encoded(g711.PCMU, disputed)).all()


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop has left the standard library")
@pytest.mark.parametrize("name", ["PCMU", "PCMA"])
def test_the_standard_library_agrees_but_for_the_disputed_inputs(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop  # noqa: PLC0415  (where it exists, importing it warns)
    codec = registry.BY_TITLE[name]
    encode = {"PCMU": audioop.lin2ulaw, "PCMA": audioop.lin2alaw}[name]
    decode = {"PCMU": audioop.ulaw2lin, "PCMA": audioop.alaw2lin}[name]
    theirs = np.frombuffer(encode(ALL_SAMPLES.astype(np.int16).tobytes(), 2), dtype=np.uint8)
    different = ALL_SAMPLES[theirs != encoded(codec, ALL_SAMPLES)]
    borders = {"PCMU": g711.ulaw_decision_values(), "PCMA": g711.alaw_decision_values()}[name]
    if name == "PCMU":
        assert different.size == 381
        assert set((-different).tolist()) == {
            b - k for b in borders[1:].tolist() for k in (1, 2, 3)
        }
    else:  # on the border itself, which the recommendation gives to neither side
        assert set((-different).tolist()) <= set(borders.tolist())
    meant = np.frombuffer(decode(bytes(range(256)), 2), dtype=np.int16)
    assert np.array_equal(meant, decoded(codec))


@pytest.mark.parametrize(("name", "format_name"), [("PCMU", "mulaw"), ("PCMA", "alaw")])
def test_ffmpeg_decodes_every_code_the_same(name: str, format_name: str) -> None:
    ffmpeg = shutil.which("ffmpeg")
    assert ffmpeg is not None, "ffmpeg is one of the peers that the tests need"
    command = f"-v error -f {format_name} -ar 8000 -ac 1 -i - -f s16le -"
    run = subprocess.run(
        [ffmpeg, *command.split()], input=bytes(range(256)), capture_output=True, check=True
    )
    assert np.array_equal(
        np.frombuffer(run.stdout, dtype=np.int16), decoded(registry.BY_TITLE[name])
    )


def test_louder_than_full_scale_is_clipped_and_does_not_wrap() -> None:
    loud = np.array([1.0, 1.5, -1.5, 100.0], dtype=np.float32)
    assert g711.PCMU.encoder("").encode(loud) == bytes((0x80, 0x80, 0x00, 0x80))


def test_a_payload_longer_than_200_ms_or_empty_is_none() -> None:
    """RFC 3551 §4.2."""
    assert [g711.PCMA.duration(bytes(n)) for n in (0, 1, 1600, 1601)] == [0, 1, 1600, 0]


def test_codecs_are_found_by_name_in_any_case_and_by_clock_rate() -> None:
    assert registry.find("pcmu", 8000) == g711.PCMU
    assert registry.find("PCMU", 16000) is None
    assert registry.find("G729", 8000) is None
