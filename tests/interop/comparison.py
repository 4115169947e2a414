"""Finds the sentence that went in again in what came out.

Both sounds are brought to one rate and to the telephone band, 300 to 3400 Hz. The sentence is found
in what was heard by the peak of their cross-correlation; what lies before and behind does not
matter. Then it is cut into segments of about 0.3 s, at its quietest moments, and each with
speech in it is compared by itself, at the best offset within 30 ms of the one before: two sound
clocks drift, and jitter buffers move by a packet, in pauses if they can. A move inside a segment
costs that segment some correlation and none of its level, which a busy machine may do to any peer;
a gap costs level too. So the whole sentence must correlate, and the worst segment, by more lenient
a limit, and the level must be right in each segment: a gap, a wrong word or a change of level in
one place cannot hide behind the rest.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import signal

from tests.interop.sound_file import Samples, Sound

COMMON_RATE_HZ = 32000
"""So fine that being half a sample off costs nothing at the upper end of the band."""

BAND_HZ = (300.0, 3400.0)
SEGMENT_S = 0.3
"""The middle: a segment may be shorter or longer by half."""

QUIET_S = 0.02
"""How long a moment is when the quietest is looked for."""

SLACK_S = 0.03
"""How far the offset may move from one segment to the next."""

GENEROUS_SLACK_S = 0.15
"""The same where all that counts is that the words are there."""

SPEECH_BELOW_MEAN_DB = 15.0
"""A segment quieter than the sentence by more is a pause and says nothing."""

PEAK_PERCENTILE = 99.5

MINIMUM_CORRELATION = 0.9
MINIMUM_CORRELATION_OF_A_SEGMENT = 0.5
"""What is left of a segment in whose middle a buffer moved: its better half."""

WORDS_CORRELATION = 0.8
"""Of the sentence, with gaps and moves inside its segments; other words reach 0.2."""

MAXIMUM_LEVEL_DIFFERENCE_DB = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """How well the sentence was found again."""

    correlation: float
    """Normalised cross-correlation of all segments, -1 to 1; 0 when it was not found."""

    worst_correlation: float
    """The same of the worst segment."""

    level_difference_db: float
    """Heard minus sent, of the segment where they differ most."""

    peak_difference_db: float
    """Heard minus sent of the loudest moments; clipping shows here first."""

    offset_s: float
    """Where in the heard sound the sent one starts."""

    @property
    def faithful(self) -> bool:
        """Whether this is the same sentence, whole and as loud."""
        limit = MAXIMUM_LEVEL_DIFFERENCE_DB
        return (
            self.correlation > MINIMUM_CORRELATION
            and self.worst_correlation > MINIMUM_CORRELATION_OF_A_SEGMENT
            and abs(self.level_difference_db) <= limit
            and abs(self.peak_difference_db) <= limit
        )


NOT_FOUND = Match(0.0, 0.0, float("-inf"), float("-inf"), 0.0)


def hears(sent: Sound, heard: Sound) -> bool:
    """Whether the words of `sent` are in `heard`, in order, however a busy machine moved them.

    That is what matters where a test is about the way of a call and not about its sound.
    """
    return find_speech(sent, heard, slack_s=GENEROUS_SLACK_S).correlation > WORDS_CORRELATION


def find_speech(sent: Sound, heard: Sound, *, slack_s: float = SLACK_S) -> Match:
    """Find the sentence `sent` in `heard`; its parts may have moved by `slack_s` each.

    Raises:
        ValueError: there is no speech in `sent`: nothing to compare is not a match.
    """
    wanted = band_limited(resampled(sent, COMMON_RATE_HZ), COMMON_RATE_HZ)
    if not np.any(np.abs(wanted) > 0):
        raise ValueError("the sentence to look for is silent")
    if len(heard.samples) < heard.rate_hz * SEGMENT_S:
        return NOT_FOUND
    got = band_limited(resampled(heard, COMMON_RATE_HZ), COMMON_RATE_HZ)
    offset = _best_offset(wanted, got)
    pairs = _aligned_segments(wanted, got, offset, round(slack_s * COMMON_RATE_HZ))
    sent_speech = np.concatenate([one for one, _ in pairs])
    heard_speech = np.concatenate([other for _, other in pairs])
    differences = [_decibels(_energy(other), _energy(one)) for one, other in pairs]
    return Match(
        correlation=_correlation(sent_speech, heard_speech),
        worst_correlation=min(_correlation(one, other) for one, other in pairs),
        level_difference_db=max(differences, key=abs),
        peak_difference_db=_decibels(_peak(heard_speech) ** 2, _peak(sent_speech) ** 2),
        offset_s=offset / COMMON_RATE_HZ,
    )


def resampled(sound: Sound, rate_hz: int) -> Samples:
    """The samples of `sound` at another rate."""
    if sound.rate_hz == rate_hz:
        return sound.samples
    common = int(np.gcd(sound.rate_hz, rate_hz))
    changed: Samples = signal.resample_poly(
        sound.samples, rate_hz // common, sound.rate_hz // common
    )
    return changed


def band_limited(samples: Samples, rate_hz: int) -> Samples:
    """The telephone band of `samples`, without shifting it in time."""
    low, high = BAND_HZ
    sections = signal.butter(4, [low, high], "bandpass", fs=rate_hz, output="sos")
    filtered: Samples = signal.sosfiltfilt(sections, samples)
    return filtered


def _best_offset(wanted: Samples, got: Samples) -> int:
    correlation = signal.correlate(got, wanted, mode="full", method="fft")
    return int(np.argmax(correlation)) - len(wanted) + 1


def _aligned_segments(
    wanted: Samples, got: Samples, offset: int, slack: int
) -> list[tuple[Samples, Samples]]:
    """Pairs of a segment with speech and what was heard of it, each at its own best offset."""
    floor = np.mean(wanted**2) / 10 ** (SPEECH_BELOW_MEAN_DB / 10)
    margin = np.zeros(2 * len(wanted))  # what lies before and behind is silence
    padded = np.concatenate([margin, got, margin])
    pairs = []
    for start, end in itertools.pairwise(_cuts(wanted)):
        segment, length = wanted[start:end], end - start
        if _energy(segment) < floor * length:
            continue
        first = start + offset + len(margin) - slack
        window = padded[first : first + length + 2 * slack]
        shift = int(np.argmax(_sliding_correlation(segment, window)))
        pairs.append((segment, window[shift : shift + length]))
        offset += shift - slack
    return pairs


def _cuts(wanted: Samples) -> list[int]:
    """Where the segments begin and end, first and last sample included."""
    moment = np.ones(round(QUIET_S * COMMON_RATE_HZ))
    loudness = signal.oaconvolve(wanted**2, moment, mode="same")
    length = round(SEGMENT_S * COMMON_RATE_HZ)
    cuts = [0]
    while len(wanted) - cuts[-1] > 3 * length // 2:
        first = cuts[-1] + length // 2
        cuts.append(first + int(np.argmin(loudness[first : first + length])))
    return [*cuts, len(wanted)]


def _sliding_correlation(segment: Samples, window: Samples) -> Samples:
    """Normalised correlation of `segment` with every stretch of `window` as long as it is."""
    products = signal.correlate(window, segment, mode="valid", method="fft")
    energies = signal.correlate(window**2, np.ones(len(segment)), mode="valid", method="fft")
    normalised: Samples = products / np.sqrt(np.maximum(energies, _LEAST) * _energy(segment))
    return normalised


_LEAST = 1e-9
"""Energy added to nothing, far below one quantisation step, so that silence divides."""


def _correlation(one: Samples, other: Samples) -> float:
    return float(one @ other / np.sqrt(_energy(one) * max(_energy(other), _LEAST)))


def _energy(samples: Samples) -> float:
    return float(samples @ samples)


def _peak(samples: Samples) -> float:
    return float(np.percentile(np.abs(samples), PEAK_PERCENTILE))


def _decibels(power: float, reference: float) -> float:
    return float(10 * np.log10(max(power, _LEAST) / max(reference, _LEAST)))
