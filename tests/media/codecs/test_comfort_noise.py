"""Comfort noise that is received: RFC 3389."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import signal

from media.codecs.comfort_noise import (
    LONGEST_PAYLOAD,
    LOUDEST_DB,
    RATES_HZ,
    ComfortNoiseDecoder,
    comfort_noise,
    payload,
    reflection_coefficients,
)
from media.codecs.registry import BY_TITLE
from media.frame import FloatArray
from media.sdp.direction import Direction
from tests.media.streams import PACKET_S, Listener, agreed, packet, payloads_of, stream
from tests.media.synthetic_voice import voice

HISS_DB = 50


def level_db(sound: FloatArray) -> float:
    """Below overload: RMS against a full-scale square wave (RFC 3389 §3.1)."""
    return float(-20 * np.log10(np.sqrt(np.mean(sound.astype(np.float64) ** 2))))


def played(octets: bytes, seconds: float, rate_hz: int = 8000) -> FloatArray:
    decoder = ComfortNoiseDecoder(rate_hz)
    parts = [decoder.decode(octets)]
    parts += [decoder.conceal(rate_hz // 100) for _ in range(round(seconds * 100) - 1)]
    return np.concatenate(parts)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("db", [30, 50, 78])
def test_noise_is_as_loud_as_told(db: int, rate_hz: int) -> None:
    assert level_db(played(bytes((db,)), 1.5, rate_hz)[rate_hz // 10 :]) == pytest.approx(
        db, abs=0.5
    )


def test_noise_has_the_spectrum_that_its_coefficients_tell() -> None:
    """From noise to coefficients and octets and back: octave by octave within 2 dB."""
    rng = np.random.default_rng(1)
    shape = [1.0, -1.1, 0.6, -0.2]
    room = signal.lfilter([0.01], shape, rng.standard_normal(80_000))
    lags = np.array([np.dot(room[: room.size - lag], room[lag:]) for lag in range(9)])
    octets = payload(level_db(room.astype(np.float32)), reflection_coefficients(lags))
    back = played(octets, 5.0)
    for low, high in ((125, 250), (250, 500), (500, 1000), (1000, 2000), (2000, 3800)):
        powers = []
        for sound in (room, back):
            frequency, density = signal.welch(sound, fs=8000, nperseg=512)
            powers.append(density[(frequency >= low) & (frequency < high)].mean())
        assert 10 * np.log10(powers[1] / powers[0]) == pytest.approx(0, abs=2), (low, high)


def test_a_known_coefficient_is_the_octet_that_the_rfc_tells() -> None:
    """RFC 3389 §3.2: k = 258 (N − 127) / 32768; low-pass noise has a negative first one."""
    lags = np.array([1.0, 0.5])
    (k,) = reflection_coefficients(lags)
    assert k == pytest.approx(-0.5)
    assert payload(40, np.array([k])) == bytes((40, 127 - 64))  # 63.5 units


@pytest.mark.parametrize(
    "octets", [bytes((40,)) + bytes((255,)) * 32, bytes((40,)) + bytes(32), bytes(33), b"\xff"]
)
def test_no_payload_makes_the_filter_whistle_or_overflow(octets: bytes) -> None:
    sound = played(octets, 1.0)
    assert np.isfinite(sound).all()
    assert level_db(sound[800:] + np.float32(1e-9)) >= LOUDEST_DB - 0.5


def test_a_new_level_is_reached_without_a_step() -> None:
    decoder = ComfortNoiseDecoder(8000)
    parts = [decoder.decode(b"\x28"), decoder.decode(b"\x28"), decoder.decode(b"\x46")]
    parts += [decoder.conceal(80) for _ in range(20)]
    sound = np.concatenate(parts)
    assert level_db(sound[-800:]) == pytest.approx(70, abs=1.5)
    loud = np.abs(np.diff(sound[80:160])).max()
    assert np.abs(np.diff(sound)).max() <= 1.5 * loud


def test_what_is_too_soft_to_hear_is_silence() -> None:
    decoder = ComfortNoiseDecoder(8000)
    silent = [decoder.silent]
    for octets in (b"\x32", b"\x7f", b"\x32"):
        decoder.decode(octets)
        silent.append(decoder.silent)
    assert silent == [True, False, True, False]


def test_payloads_are_bounded() -> None:
    codec = comfort_noise(8000)
    lengths = [codec.duration(bytes(size)) for size in (0, 1, LONGEST_PAYLOAD, LONGEST_PAYLOAD + 1)]
    assert lengths == [0, 80, 80, 0]


def talk_and_pause(
    *, updates: Sequence[int] = (25, 40, 60), noise_type: int = 13, pause: int = 50
) -> list[tuple[float, bytes]]:
    """Speech of 25 packets, a pause told of by noise, and speech again; numbers without a gap."""
    payloads = payloads_of(voice(8000, 1.0, pauses=False))
    arrivals: list[tuple[float, bytes]] = []
    for place in range(50 + pause):
        if place < 25 or place >= 25 + pause:
            octets, kind = payloads[place if place < 25 else place - pause], 0
        elif place in updates:
            octets, kind = bytes((HISS_DB, 100, 140)), noise_type
        else:
            continue
        data = packet(
            len(arrivals), octets, payload_type=kind, samples=0, first_timestamp=place * 160
        )
        arrivals.append((place * PACKET_S, data))
    return arrivals


def test_a_pause_is_filled_with_noise_until_sound_comes_back_and_nothing_is_missing() -> None:
    listener = Listener(stream())
    listener.listen(talk_and_pause(), 198)
    sound = listener.sound
    pause = sound[round(0.56 * 48_000) : round(1.50 * 48_000)]
    assert level_db(pause) == pytest.approx(HISS_DB, abs=1.5)
    for at in range(0, pause.size - 4800, 4800):
        assert level_db(pause[at : at + 4800]) == pytest.approx(HISS_DB, abs=3)
    assert level_db(sound[round(1.6 * 48_000) : round(1.9 * 48_000)]) < 30
    figures = listener.core.statistics
    assert figures.packets_lost == figures.packets_late == figures.packets_of_unknown_type == 0
    assert figures.concealed_ms == 0
    assert 900 <= figures.comfort_noise_ms <= 1020


def test_neither_the_start_nor_the_end_of_noise_clicks() -> None:
    listener = Listener(stream())
    listener.listen(talk_and_pause(), 198)
    speech = Listener(stream())
    speech.listen([a for a in talk_and_pause(pause=0) if a[0] < 1.0], 98)
    largest = np.abs(np.diff(speech.sound)).max()
    assert np.abs(np.diff(listener.sound)).max() < 1.3 * largest


def test_lost_packets_before_noise_are_still_concealed_and_counted() -> None:
    arrivals = talk_and_pause()
    listener = Listener(stream())
    listener.listen([a for number, a in enumerate(arrivals) if number not in (10, 11)], 198)
    assert listener.core.statistics.packets_lost == 2
    assert listener.core.statistics.concealed_ms >= 30


def test_noise_at_another_clock_rate_goes_by_its_agreed_number_only() -> None:
    """RFC 3389 §6: dynamic types above 8000 Hz."""
    l16 = BY_TITLE["L16/16000"]
    accepts = {97: l16, 98: comfort_noise(16_000)}
    for number, taken in ((98, 1), (13, 0)):
        core = stream(codec=l16, payload_type=97, accepts=accepts)
        core.receive(packet(0, bytes((40,)), payload_type=number), ("192.0.2.7", 4000), 0.0)
        assert core.statistics.packets_received == taken


def test_on_hold_noise_fades_too() -> None:
    listener = Listener(stream())
    listener.listen(talk_and_pause(), 90)
    listener.core.update(agreed(direction=Direction.SENDONLY), listener.now)
    listener.listen([], 3)
    assert listener.heard[-3] is not None
    assert listener.heard[-2:] == [None, None]
