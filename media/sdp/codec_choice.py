"""What became of each codec of an offer, in words for people who wonder about the choice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from media.codecs import registry
from media.errors import MalformedDescription
from media.sdp.masking import escaped
from media.sdp.payload_formats import TELEPHONE_EVENT, encodings
from media.sdp.session_description import MediaDescription, SessionDescription

MOST_TOLD: Final = 32
"""Codecs that are told of one offer."""

_OTHER_STATIC: Final = {
    "3": "GSM/8000",
    "4": "G723/8000",
    "5": "DVI4/8000",
    "6": "DVI4/16000",
    "7": "LPC/8000",
    "12": "QCELP/8000",
    "13": "CN/8000",
    "15": "G728/8000",
    "18": "G729/8000",
}
"""Those of RFC 3551 (table 4) that we may not have, and that lines need not explain."""

_NO_CODECS: Final = (TELEPHONE_EVENT, "CN", "RED", "ULPFEC", "FLEXFEC")

CHOSEN: Final = "chosen"
AGREED_TOO: Final = "agreed too, after the chosen one"
UNKNOWN: Final = "this speaker does not have it"
NOT_SET: Final = "not in `sip.codecs`"
OFFERED: Final = "offered; there was no answer"
USABLE: Final = "would do"
"""In an offer that was refused for another reason."""


@dataclass(frozen=True, slots=True)
class CodecFate:
    """One codec of an offer."""

    name: str
    """As the description has it, with its clock rate: `PCMU/8000`."""
    fate: str
    """`CHOSEN`, or why it was not."""


def codec_fates(
    offer: bytes, answer: bytes, *, is_ours: bool, ours: tuple[str, ...], chosen: str | None
) -> tuple[CodecFate, ...]:
    """The codecs of an offer in its order, those of every audio line.

    `is_ours`: the offer is ours; `ours` are the titles that we would take, `chosen` the one that is
    used. `answer` is empty when there was none. What cannot be read has no codecs.
    """
    answered = frozenset(_titles(answer))
    fate = partial(
        _fate,
        answered=answered,
        has_answer=bool(answer),
        is_ours=is_ours,
        ours=ours,
        chosen=chosen,
    )
    told = (CodecFate(name, fate(title)) for name, title in dict(_named(offer)).items())
    return tuple(itertools.islice(told, MOST_TOLD))


def as_set(name: str) -> str:
    """The codec of a `CodecFate.name` as `sip.codecs` writes it; itself if we do not have it."""
    encoding, _, rate = name.rpartition("/")
    if not rate.isdecimal():
        return name
    found = (registry.find(encoding, int(rate), channels) for channels in (1, 2))
    return next((codec.title for codec in found if codec is not None), name)


def _fate(
    title: str | None,
    *,
    answered: frozenset[str],
    has_answer: bool,
    is_ours: bool,
    ours: tuple[str, ...],
    chosen: str | None,
) -> str:
    if title is None:
        return UNKNOWN
    if title == chosen:
        return CHOSEN
    if is_ours and not has_answer:
        return OFFERED
    if is_ours:
        return AGREED_TOO if title in answered else "the other side refuses"
    if title not in ours:
        return NOT_SET
    return AGREED_TOO if title in answered else USABLE


def _titles(description: bytes) -> Iterator[str]:
    return (title for _, title in _named(description) if title is not None)


def _named(description: bytes) -> Iterator[tuple[str, str | None]]:
    """Name with clock rate of each codec, and its title if it is one of ours."""
    for line in _audio_lines(description):
        for word, encoding in encodings(line).items():
            if encoding is None:
                shown, codec = _OTHER_STATIC.get(word, f"format {word[:10]}"), None
            else:
                name, clock_rate_hz, _ = encoding
                shown, codec = f"{name[:20]}/{clock_rate_hz}", registry.find(*encoding)
            if shown.partition("/")[0].upper() not in _NO_CODECS:
                yield escaped(shown), None if codec is None else codec.title


def _audio_lines(description: bytes) -> Iterator[MediaDescription]:
    if not description:
        return
    try:
        read = SessionDescription.parse(description)
    except MalformedDescription:
        return
    yield from (line for line in read.media if line.media == "audio" and line.port)
