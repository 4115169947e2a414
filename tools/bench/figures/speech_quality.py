"""How speech sounds in the room that came by RTP, some of it lost: PESQ (ITU-T P.862)."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tools.bench.caller import Call
from tools.bench.device import Setup, Sound
from tools.bench.errors import CannotDo, NoSoundHeard
from tools.bench.figure import Figure
from tools.bench.packet_stream import (
    G722,
    OPUS,
    PCMU,
    PacketStream,
    StreamCodec,
    burst_losses,
    random_losses,
)
from tools.bench.reading import Reading
from tools.bench.table import AtLeast, MoreThan
from tools.bench.voices import RATE_HZ, Samples, Speech, resampled, speech

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

SEEDS = (1, 2, 3)
"""As many calls in each condition: other packets are lost, and a hitch of the machine meets one."""
TAIL_S = 0.4
"""Until all that was sent has been played."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A codec, and how many of its packets are lost and how."""

    codec: StreamCodec
    band: str
    """`wb` or `nb`: which PESQ fits what the codec can carry."""
    share: float = 0.0
    bursts: bool = False

    @property
    def quantity(self) -> str:
        """What stands in the table."""
        way = "in bursts" if self.bursts else "at random"
        lost = f"{self.share:.0%} lost {way}" if self.share else "clean"
        return f"PESQ {self.band.upper()}, {self.codec.name}, {lost}"


CONDITIONS = (
    Condition(OPUS, "wb"),
    Condition(OPUS, "wb", 0.05),
    Condition(OPUS, "wb", 0.05, bursts=True),
    Condition(G722, "wb"),
    Condition(G722, "wb", 0.03),
    Condition(PCMU, "nb"),
    Condition(PCMU, "nb", 0.03),
    Condition(PCMU, "nb", 0.03, bursts=True),
)


@dataclass(slots=True)
class _Scores:
    """Of one condition: one for each call and voice."""

    by_call: list[list[float]] = field(default_factory=list)
    latest_s: float = 0.0

    def readings(self, device: str, quantity: str) -> list[Reading]:
        """The median call, in which a hitch of the machine does not count, and the worst one."""
        calls = [statistics.mean(voices) for voices in self.by_call]
        voices = [statistics.median(each) for each in zip(*self.by_call, strict=True)]
        note = (
            f"median of {len(calls)} calls, the mean of their voices; voices "
            f"{', '.join(f'{voice:.2f}' for voice in voices)}; "
            f"worst call {min(calls):.2f}; packets sent up to {self.latest_s * 1e3:.0f} ms late"
        )
        return [Reading(device, quantity, statistics.median(calls), "", note)]


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Call with each codec, and say the same with other losses each time."""
    said = speech()
    readings: list[Reading] = []
    for codec, conditions in itertools.groupby(CONDITIONS, lambda condition: condition.codec):
        setup = Setup(sound=Sound.RECORDED, codec=codec.name)
        with maker.start(setup, run.folder_for(maker)) as device:
            readings += _of_codec(maker.name, device, said, list(conditions))
    return readings


def _of_codec(
    name: str, device: Device, said: Speech, conditions: Iterable[Condition]
) -> list[Reading]:
    readings = []
    for condition in conditions:
        scores = _Scores()
        for seed in SEEDS:
            heard, latest = _one_call(device, said, condition, seed)
            scores.by_call.append(_judged(said, heard, condition.band))
            scores.latest_s = max(scores.latest_s, latest)
        readings += scores.readings(name, condition.quantity)
    return readings


def _one_call(
    device: Device, said: Speech, condition: Condition, seed: int
) -> tuple[Samples, float]:
    """What was played at 16 kHz, and how late the latest packet was sent."""
    codec = condition.codec
    payloads = codec.payloads(said.samples)
    losses = burst_losses if condition.bursts else random_losses
    lost = losses(len(payloads), condition.share, seed)
    device.recording.begin()
    with (
        PacketStream(device.sip.host) as stream,
        Call(device.sip, device.uri(), stream.address, codec.formats) as call,
    ):
        latest = stream.send(codec, payloads, lost, call.answered().sound)
        time.sleep(TAIL_S)
        call.hang_up()
    played, rate_hz = device.recording.end()
    return resampled(played, rate_hz, RATE_HZ), latest


def _judged(said: Speech, heard: Samples, band: str) -> list[float]:
    """PESQ of each voice.

    Raises:
        CannotDo: the package pesq is not installed.
        NoSoundHeard: there is nothing to judge.
    """
    try:
        from pesq import PesqError, pesq  # noqa: PLC0415  (only for this figure)
    except ImportError as error:
        raise CannotDo("the package pesq is not installed") from error
    delay = delay_of(said.samples, heard)
    rate_hz = RATE_HZ if band == "wb" else RATE_HZ // 2
    scores = []
    for place in said.places:
        one = resampled(said.samples[place], RATE_HZ, rate_hz)
        other = resampled(heard[place.start + delay : place.stop + delay], RATE_HZ, rate_hz)
        try:
            scores.append(float(pesq(rate_hz, one, other, band)))
        except PesqError as error:
            raise NoSoundHeard(f"PESQ found nothing to judge: {error}") from error
    return scores


def delay_of(sent: Samples, heard: Samples) -> int:
    """Samples by which what was heard lies behind what was sent, anywhere in the recording."""
    length = sent.size + heard.size
    product = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(sent, length))
    likeness = np.fft.irfft(product, length)[: heard.size]
    if not likeness.size:
        raise NoSoundHeard("nothing was played")
    return int(np.argmax(likeness))


SPEECH_QUALITY = Figure(
    name="speech",
    title="Speech",
    measure=measure,
    reach={
        Condition(OPUS, "wb").quantity: AtLeast(4.0),
        Condition(OPUS, "wb", 0.05).quantity: AtLeast(3.0),
        Condition(G722, "wb").quantity: AtLeast(3.8),
    },
    ratio_reach={
        Condition(PCMU, "nb", 0.03, bursts=bursts).quantity: MoreThan(1.0)
        for bursts in (False, True)
    },
)
