"""Two people at once, without a clock: `python -m tests.media.echo.double_talk` (seven minutes).

The figure `echo` of the bench judges calls. This judges the canceller alone, in the same rooms and
by the same models, from recordings that are equal each time, over as many stretches of the voices
as tell a gain from luck: what AECMOS says of one and the same sound changes by more than a tenth
when the recording that it is compared with is moved by 10 ms.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from media.devices.room import RoomInput
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S
from media.microphone.near_end import EchoCancellation, NearEnd
from media.microphone.noise_suppressor import NoiseSuppression
from tools.bench.echo_scores import aecmos, intelligibility, place_of, placed
from tools.bench.figures.echo import ALONE_S, NEAR_LEVEL, PAUSE_S, ROOMS, Room
from tools.bench.voices import RATE_HZ as SPEECH_HZ
from tools.bench.voices import Samples, resampled, speech, write_wav

STRETCHES: Final = 7


class Talk(NamedTuple):
    """What one stretch is worth: AECMOS's two scores, and STOI."""

    echo: float
    degradation: float
    intelligibility: float


def main(arguments: Sequence[str]) -> int:
    """Print the means for each room; an argument names another kind of cancellation."""
    cancellation = EchoCancellation(arguments[0] if arguments else "auto")
    far = speech().samples
    lines = ["| | echo | degradation | STOI |", "|---|---:|---:|---:|"]
    for room in ROOMS:
        talks = [_talk(room, far, _near(far, number), cancellation) for number in range(STRETCHES)]
        mean = Talk(*map(float, np.mean(talks, axis=0)))
        values = f"{mean.echo:.2f} | {mean.degradation:.2f} | {mean.intelligibility:.2f}"
        lines.append(f"| {room.name} | {values} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _near(far: Samples, number: int) -> Samples:
    """Other sentences than the caller's at the time: from two to five sevenths further on."""
    ahead = far.size * (2 + 3 * number / (STRETCHES - 1)) / 7
    said = np.roll(far, int(ahead)) * np.float32(NEAR_LEVEL)
    quiet = np.zeros(round(ALONE_S * SPEECH_HZ), dtype=np.float32)
    return np.concatenate((quiet, said[: far.size - quiet.size]))


def _talk(room: Room, far: Samples, near: Samples, cancellation: EchoCancellation) -> Talk:
    raw = _heard(room, far, near, EchoCancellation.OFF)
    heard = _heard(room, far, near, cancellation)
    place = place_of(near, raw)
    heard = placed(heard, place - place_of(near, heard), heard.size)
    size = min(raw.size, heard.size, far.size)
    both = slice(max(place + round((ALONE_S - PAUSE_S) * SPEECH_HZ), 0), size)
    scores = aecmos(far[both], raw[both], heard[both], "dt")
    said = placed(near, place, size)[both]
    return Talk(scores.echo, scores.degradation, intelligibility(said, heard[both]))


def _heard(room: Room, far: Samples, near: Samples, cancellation: EchoCancellation) -> Samples:
    """What becomes of the microphone's sound, at the rate of speech."""
    played = resampled(far, SPEECH_HZ, RATE_HZ)
    played = played[: played.size // FRAME_SAMPLES * FRAME_SAMPLES]
    near_end = NearEnd()
    near_end.shape(cancellation, NoiseSuppression.OFF, automatic_gain=False)
    out = np.empty_like(played)
    microphone = np.empty(FRAME_SAMPLES, dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "near.wav")
        write_wav(file, near)
        source = RoomInput(f"{file}?{room.uri_query}")
        source.open()
        for number, start in enumerate(range(0, played.size, FRAME_SAMPLES)):
            frame = slice(start, start + FRAME_SAMPLES)
            source.read(microphone, played[frame], number * TICK_S)
            out[frame] = near_end.process(microphone, played[frame])
        source.close()
    return resampled(out, RATE_HZ, SPEECH_HZ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
