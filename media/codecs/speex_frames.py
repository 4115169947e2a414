"""How many frames a Speex packet holds: they follow one another bit by bit, each of its own size.

A frame is a narrow-band part, and for the wider bands up to two layers behind it that say so with
their first bit. Sizes are those of the Speex manual, tables 9.2 and 10.2; all in bits.
"""

from __future__ import annotations

from typing import Final

NARROW_BAND: Final = {0: 5, 1: 43, 2: 119, 3: 160, 4: 220, 5: 300, 6: 364, 7: 492, 8: 79}
"""By the four bits after the first one, these five bits included."""

LAYER: Final = {0: 4, 1: 36, 2: 112, 3: 192, 4: 352}
"""By the three bits after the first one, these four bits included."""

_USER_MESSAGE: Final = 13
_MESSAGE: Final = 14
_END: Final = 15
_MESSAGE_BITS: Final = (1, 1, 4, 4, 4, 4, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64)
"""By the four bits that say what kind of message it is."""

_HEAD: Final = 5

MOST_FRAMES: Final = 10
"""In a packet: 200 ms (RFC 3551 §4.2)."""

_KINDS_OF_LAYERS: Final = (range(5), range(2))
"""What those three bits may be in the first layer of a frame and in the second one. Of others
libspeex complains on standard error, and of empty ones where it passes over them."""
_NOT_EMPTY: Final = range(1, 5)

_MOST_PARTS: Final = 4 * MOST_FRAMES
"""Three for each frame of the widest band, and now and then a message."""


def count_frames(payload: bytes, layers_used: int = 2) -> int:
    """Frames of 20 ms; 0 for what no encoder writes, or more than 200 ms.

    `layers_used` are those that the decoder does not pass over: one less than its bands. It looks
    for them in what is left behind a frame even where that is too short for another frame.
    """
    bits = _Reader(payload)
    frames = 0
    layer = len(_KINDS_OF_LAYERS)  # that comes next, if one does; the first frame is before it
    for _ in range(_MOST_PARTS):
        may_be_layer = layer < layers_used and bits.peek(1) and bits.left >= LAYER[0]
        if bits.left < _HEAD and not may_be_layer:
            break
        if bits.peek(1):
            kind = bits.peek(4) & 7
            is_sound = layer < layers_used or kind in _NOT_EMPTY
            is_sound &= layer < len(_KINDS_OF_LAYERS) and kind in _KINDS_OF_LAYERS[layer]
            size = LAYER[kind] if is_sound else None
            layer += 1
        else:
            kind = bits.peek(_HEAD)
            if kind == _END:
                break
            size, layer = _message_size(bits, kind), len(_KINDS_OF_LAYERS)
            if size is None:
                size, layer = NARROW_BAND.get(kind), 0
                frames += 1
        if size is None or size > bits.left:
            return 0
        bits.skip(size)
    else:
        return 0
    return frames if frames <= MOST_FRAMES else 0


def _message_size(bits: _Reader, kind: int) -> int | None:
    """Of what stands between two frames; None for what is none."""
    if kind not in (_MESSAGE, _USER_MESSAGE):
        return None
    detail = bits.peek(_HEAD + 4) & 15
    return _HEAD + 4 + (_MESSAGE_BITS[detail] if kind == _MESSAGE else 5 + 8 * detail)


class _Reader:
    """The bits of some octets, the highest of each first."""

    def __init__(self, payload: bytes) -> None:
        self.left = 8 * len(payload)
        self._number = int.from_bytes(payload)

    def peek(self, count: int) -> int:
        """The next `count` bits; zeros behind the end."""
        if count > self.left:
            return (self._number << (count - self.left)) & ((1 << count) - 1)
        return (self._number >> (self.left - count)) & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        self.left -= count
