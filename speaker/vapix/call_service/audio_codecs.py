"""`AudioCodec`: the codecs of calls, under the names that devices give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conf.settings import DEFAULT_CODECS
from conf.validation.problem import shown
from speaker.vapix.call_service.fault import INVALID, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conf.settings import CodecName
    from speaker.vapix.fields import Fields


@dataclass(frozen=True, slots=True)
class AudioCodec:
    """One of ours, and how it is told."""

    setting: CodecName
    name: str
    sample_rate: int

    @property
    def told(self) -> dict[str, object]:
        """As an entry of a list."""
        return {"Name": self.name, "SampleRate": self.sample_rate}


CODECS: Final = (
    AudioCodec("opus", "opus", 48000),
    AudioCodec("G722", "G.722", 16000),
    AudioCodec("PCMU", "PCMU", 8000),
    AudioCodec("PCMA", "PCMA", 8000),
    AudioCodec("L16/8000", "L16", 8000),
    AudioCodec("L16/16000", "L16", 16000),
    AudioCodec("L16/44100", "L16", 44100),
    AudioCodec("L16/48000", "L16", 48000),
    AudioCodec("G726-32", "G726-32", 8000),
    AudioCodec("AAL2-G726-32", "AAL2-G726-32", 8000),
    AudioCodec("GSM", "GSM", 8000),
    AudioCodec("speex/8000", "speex", 8000),
    AudioCodec("speex/16000", "speex", 16000),
    AudioCodec("speex/32000", "speex", 32000),
)
BY_SETTING: Final = {each.setting: each for each in CODECS}


def told_codecs(settings: Iterable[CodecName]) -> list[dict[str, object]]:
    """A list of ours, in its order."""
    return [BY_SETTING[each].told for each in settings]


def default_codecs() -> list[dict[str, object]]:
    """Those that calls have unless somebody changes it."""
    return told_codecs(DEFAULT_CODECS)


def taken_codecs(given: Iterable[Fields]) -> list[CodecName]:
    """Our names for a client's; `G722`, `g.722` and `opus` at any rate are understood as well.

    Raises:
        Fault: a codec is not known.
    """
    return [_taken(each) for each in given]


def _taken(given: Fields) -> CodecName:
    name = given.text("Name")
    rate = given.whole("SampleRate", 1, 192_000) if "SampleRate" in given else None
    named = [each for each in CODECS if _plain(name) in (_plain(each.name), _plain(each.setting))]
    exact = [each for each in named if rate in (None, each.sample_rate)]
    if exact:
        return exact[0].setting
    if len(named) == 1:
        return named[0].setting
    raise Fault(INVALID, f"there is no codec {shown(name)}" + (f" of {rate} Hz" if rate else ""))


def _plain(name: str) -> str:
    return name.casefold().replace(".", "")
