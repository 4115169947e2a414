"""From the packets of a jitter buffer to an even flow of 10 ms frames at 48 kHz."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.codecs import Codec, Decoder
from media.codecs.comfort_noise import ComfortNoiseDecoder
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.playout.jitter_buffer import Absence, Gap, JitterBuffer, MediaPacket
from media.playout.time_scaling import LOOKED_AT_S, TimeScaling
from media.resampling.whole_factor import resampler

_CHANGE_S: Final = 0.005  # cross-fade from one codec to another

_NOTHING: Final = np.zeros(0, dtype=np.float32)


class Playout:
    """Decodes, conceals, and leaves out or puts in sound as the buffer's slack asks for."""

    def __init__(self, buffer: JitterBuffer) -> None:
        self._buffer = buffer
        self._voice: _Voice | None = None
        self._queue = _NOTHING
        self._carried = _NOTHING
        self.concealed_samples = 0
        """At 48 kHz: made up in place of lost or late packets, pauses not counted."""
        self.put_in_s = 0.0
        """Seconds by which sound was stretched, so that what comes late is in time."""
        self.left_out_s = 0.0
        """Seconds by which it was shortened, so that it is heard sooner."""
        self.noise_samples = 0
        """At 48 kHz: comfort noise in place of pauses."""

    @property
    def has_sound(self) -> bool:
        """Whether some of what was taken from the buffer has not been heard yet."""
        return bool(self._queue.size)

    def frame(self, now: float) -> FloatArray | None:
        """The next 480 samples at 48 kHz; None when there is nothing, and nothing fading either."""
        queue = self._queue
        while queue.size < FRAME_SAMPLES:
            wanted = FRAME_SAMPLES - queue.size
            more = self._more(now, queue.size / RATE_HZ, wanted)
            if more is None:
                if not queue.size:
                    return None
                more = np.zeros(wanted, dtype=np.float32)
            queue = np.concatenate((queue, more)) if queue.size else more
        self._queue = queue[FRAME_SAMPLES:]
        return queue[:FRAME_SAMPLES]

    def _more(self, now: float, queued_s: float, wanted: int) -> FloatArray | None:
        voice = self._voice
        clock_rate = self._buffer.clock_rate_hz
        taken = self._buffer.take(now, queued_s, -(-wanted * clock_rate // RATE_HZ))
        if isinstance(taken, MediaPacket):
            return self._decoded(taken, now, queued_s)
        if voice is None or voice.silent:
            return None
        recovered = voice.recover(taken)
        if recovered is not None:
            self._buffer.recovered(taken.missing - taken.duration)
            if not voice.codec.repeats:
                self.concealed_samples += recovered.size
            return recovered
        made_up = voice.conceal(taken, clock_rate)
        if voice.is_noise:
            self.noise_samples += made_up.size
        elif taken.absence is not Absence.PAUSE:
            self.concealed_samples += made_up.size
        return made_up

    def last_frame(self) -> FloatArray | None:
        """What comes next faded to nothing; all else is forgotten. None when nothing sounds."""
        voice, self._voice = self._voice, None
        queue, self._queue = self._queue, _NOTHING
        if voice is None or voice.silent:
            return None
        frame = np.zeros(FRAME_SAMPLES, dtype=np.float32)
        sound = np.concatenate((queue, voice.farewell()))[:FRAME_SAMPLES]
        frame[: sound.size] = sound * np.linspace(1.0, 0.0, sound.size, dtype=np.float32)
        return frame

    def _decoded(self, packet: MediaPacket, now: float, queued_s: float) -> FloatArray:
        if self._voice is None or self._voice.codec is not packet.codec:
            self._carried = self._voice.farewell() if self._voice else _NOTHING
            self._voice = _Voice(packet.codec)
        surplus_s = self._buffer.surplus_s
        sound = self._voice.decode(packet.payload)
        if surplus_s > 0.0:
            sound = self._with_next(sound, now, queued_s)
        length = sound.size
        sound = self._voice.scale(sound, surplus_s)
        if sound.size != length:
            self._account((sound.size - length) / packet.codec.rate_hz)
        sound = self._voice.at_48_khz(sound)
        if self._carried.size:
            both = min(self._carried.size, sound.size)
            sound[:both] *= np.linspace(0.0, 1.0, both, endpoint=False, dtype=np.float32)
            sound[:both] += self._carried[:both]
            self._carried = _NOTHING
        return sound

    def _with_next(self, sound: FloatArray, now: float, queued_s: float) -> FloatArray:
        """`sound`, and the next packet's where it alone is too short to be shortened."""
        voice = self._voice
        if voice is None or sound.size >= round(LOOKED_AT_S * voice.codec.rate_hz):
            return sound
        following = self._buffer.next_packet
        if following is None or following.codec is not voice.codec:
            return sound
        self._buffer.take(now, queued_s + sound.size / voice.codec.rate_hz, 0)
        return np.concatenate((sound, voice.decode(following.payload)))

    def _account(self, added_s: float) -> None:
        self._buffer.adjusted(added_s)
        if added_s > 0.0:
            self.put_in_s += added_s
        else:
            self.left_out_s -= added_s


class _Voice:
    """One codec's decoder with its way to 48 kHz."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self._decoder: Decoder = codec.decoder()
        self._upsampler = resampler(codec.rate_hz, RATE_HZ)
        self._time_scaling = TimeScaling(codec.rate_hz)
        self._drained = True

    @property
    def is_noise(self) -> bool:
        """Whether what it makes up is the noise of a pause, and nothing is missing."""
        return isinstance(self._decoder, ComfortNoiseDecoder)

    @property
    def silent(self) -> bool:
        """Whether nothing sounds any more, the resampler's memory included."""
        return self._drained

    def decode(self, payload: bytes) -> FloatArray:
        """One packet's sound at the codec's rate."""
        self._drained = False
        return self._decoder.decode(payload)

    def scale(self, sound: FloatArray, surplus_s: float) -> FloatArray:
        """What was decoded, shorter for a surplus above 0 and longer for one below."""
        return self._time_scaling.scaled(sound, surplus_s)

    def recover(self, gap: Gap) -> FloatArray | None:
        """What is missing, all of it, from what the packet after it tells; None: nothing."""
        following = gap.following
        if following is None or following.codec is not self.codec or self._drained:
            return None
        if gap.missing > following.duration:
            return None
        count = gap.missing * self.codec.rate_hz // self.codec.clock_rate_hz
        sound = self._decoder.recover(following.payload, count)
        return None if sound is None else self.at_48_khz(sound)

    def conceal(self, gap: Gap, clock_rate_hz: int) -> FloatArray:
        """Made up sound for the whole gap."""
        self._time_scaling.interrupted()
        self._drained = self._decoder.silent
        count = max(gap.duration * self.codec.rate_hz // clock_rate_hz, 1)
        return self.at_48_khz(self._decoder.conceal(count))

    def farewell(self) -> FloatArray:
        """A last bit of sound that fades away, to be mixed into the next codec's first."""
        length = round(_CHANGE_S * self.codec.rate_hz)
        sound = self.at_48_khz(self._decoder.conceal(length))
        return sound * np.linspace(1.0, 0.0, sound.size, dtype=np.float32)

    def at_48_khz(self, sound: FloatArray) -> FloatArray:
        """What is at the codec's rate, on its way out."""
        return sound if self._upsampler is None else self._upsampler.resample(sound)
