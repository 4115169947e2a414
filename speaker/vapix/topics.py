"""What happens to the speaker, in the topics that VAPIX clients listen for.

Each bus event that such clients know is one or more notifications; the others are ours alone.
Values are texts, truth values `1` and `0`, as on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from speaker.events import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speaker.events import Event

CALL_STATES: Final = {
    "idle": "Idle",
    "ringing": "Ringing",
    "announcing": "Ringing",
    "calling": "Calling",
    "talking": "Active",
}
"""By ours. A call that is announced is not answered yet."""

SPEAKER: Final = {"Source": "NetworkSpeaker"}
MICROPHONE: Final = {"channel": "1"}
LOUDSPEAKER: Final = {"AudioOutput": "1", "audiodeviceid": "0", "audiooutputid": "0"}


@dataclass(frozen=True, slots=True)
class Notification:
    """One event as VAPIX tells it."""

    topic: str
    """With the prefix of a level's namespace where it changes: `tns1:Device/tnsaxis:IO/Port`."""
    source: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


def notifications_of(event: Event) -> Iterator[Notification]:
    """What clients are told of `event`."""
    if isinstance(event, Condition):
        yield from _of_condition(event)
    elif event.name == "dtmf.sequence":
        source = {"DTMFEventId": str(event.attributes.get("id", ""))}
        data = {"CallId": str(event.attributes.get("call", ""))}
        yield Notification("tnsaxis:Call/DTMF", source, data)


def _of_condition(condition: Condition) -> Iterator[Notification]:
    match condition.name:
        case "call.state":
            state = CALL_STATES.get(str(condition.value), "Idle")
            yield Notification("tnsaxis:Call/State", SPEAKER, {"CallState": state})
        case "audio.clip_playing":
            playing = {"Playing": _flag(condition.value)}
            yield Notification("tnsaxis:MediaClip/Playing", LOUDSPEAKER, playing)
        case "audio.input_level":
            triggered = {"triggered": _flag(condition.value)}
            yield Notification("tns1:AudioSource/tnsaxis:TriggerLevel", MICROPHONE, triggered)
        case "device.ready":
            ready = {"ready": _flag(condition.value)}
            yield Notification("tns1:Device/tnsaxis:Status/SystemReady", {}, ready)
        case _:
            pass


def _flag(value: object) -> str:
    return "1" if value else "0"
