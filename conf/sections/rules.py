"""What a rule may react to and what it may do: the `[[rules]]` of the settings.

An entry of `conditions` names either a happening (`event = …`, something that occurs) or a
condition (`condition = …`, something that has a value now). The further keys of an entry narrow
it: an attribute that is left out may have any value.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from conf.sections.notify import Notify
from conf.sections.speech import OptionalVoiceName, SpokenText
from conf.sections.table import Table
from conf.values.constraints import Entries, Range, Text

MAXIMUM_RULES: Final = 256

Value = str | bool | int | float
"""What a condition can be, and what an attribute of an event can be."""

ClipName = Annotated[
    str,
    Text(r"(?![.])[^/\\\x00-\x1f\x7f]{1,128}", "a clip's name (1 to 128 characters, no slash)"),
]
OptionalClipName = Annotated[
    str,
    Text(r"(?![.])[^/\\\x00-\x1f\x7f]{0,128}", "a clip's name (at most 128 characters, no slash)"),
]
Digit = Annotated[str, Text(r"[0-9A-D*#]", "one of the keys 0-9, A-D, * and #")]
VolumeDb = Annotated[float, Range(-60, 12)]


class Happens(Table):
    """Matches a happening of the name `event`."""

    event: str

    def attributes(self) -> Mapping[str, Value]:
        """The attributes that the happening must have."""
        return self.model_dump(exclude={"event"}, exclude_none=True)


class Holds(Table):
    """Matches a condition of the name `condition` while its value is `is`."""

    condition: str
    is_: Value

    def attributes(self) -> Mapping[str, Value]:
        """The attributes that the condition must have besides its value."""
        return self.model_dump(exclude={"condition", "is_"}, exclude_none=True)


class DtmfSequence(Happens):
    """A key sequence of `[[sip.dtmf_sequences]]` was pressed on a phone."""

    event: Literal["dtmf.sequence"]
    id: str
    """The sequence's `id`."""
    account: str | None = None
    """The account whose call it was pressed in."""


class DtmfDigit(Happens):
    """One key was pressed on a phone."""

    event: Literal["dtmf.digit"]
    digit: Digit
    """The key."""
    account: str | None = None
    """The account whose call it was pressed in."""


class ClipFinished(Happens):
    """A clip has ended, by itself or because it was stopped."""

    event: Literal["clip.finished"]
    clip: ClipName | None = None
    """The clip's name."""


TriggerName = Annotated[str, Text(r"[^\x00-\x1f\x7f]{1,64}", "a name of 1 to 64 characters")]


class ManualTrigger(Happens):
    """Somebody has triggered it: a person on the web page, or a program by the HTTP API."""

    event: Literal["manual.trigger"]
    name: TriggerName | None = None
    """Which trigger; whoever pulls it names it."""


class LoginFailed(Happens):
    """Somebody did not log in to the web page or the HTTP API: the name or the password is wrong.

    A guesser who tries many a second is told of now and then only.
    """

    event: Literal["login.failed"]
    user: Annotated[str, Text(r"[^\x00-\x1f\x7f]{1,64}", "1 to 64 characters")] | None = None
    """The name that was tried."""


class CallState(Holds):
    """How far the call is; with several calls, one of them."""

    condition: Literal["call.state"]
    is_: Literal["idle", "ringing", "announcing", "talking", "calling"] = Field(alias="is")
    """The state."""
    account: str | None = None
    """The account of the call."""


class ClipPlaying(Holds):
    """Whether a clip is playing."""

    condition: Literal["audio.clip_playing"]
    is_: bool = Field(alias="is")
    """True while it plays."""


class InputLevel(Holds):
    """Whether it is loud near the speaker (`[sound_detection]`)."""

    condition: Literal["audio.input_level"]
    is_: bool = Field(alias="is")
    """True from the alarm level on, until it has been quiet for a while."""


class AudioTransmit(Holds):
    """Whether a program sends sound by HTTP (VAPIX `audio/transmit.cgi`)."""

    condition: Literal["audio.transmit"]
    is_: bool = Field(alias="is")
    """True from its first request on, until what it has sent was played."""


class MulticastActive(Holds):
    """Whether sound arrives from a multicast source."""

    condition: Literal["multicast.active"]
    is_: bool = Field(alias="is")
    """True while it arrives."""
    source: str | None = None
    """The source's `label`."""


class DeviceReady(Holds):
    """Whether the speaker can take calls."""

    condition: Literal["device.ready"]
    is_: bool = Field(alias="is")
    """True once it can."""


class SipRegistration(Holds):
    """How an account stands with its SIP server."""

    condition: Literal["sip.registration"]
    is_: Literal[
        "unregistered",
        "registering",
        "registered",
        "secondary",
        "waiting",
        "refused",
        "unregistering",
    ] = Field(alias="is")
    """The state; `secondary`: registered with the secondary server; `waiting`: every server failed,
    and is tried again after a while; `refused`: the user name or password is not accepted."""
    account: str | None = None
    """The account."""


class PlayClip(Table):
    """Plays a clip on the loudspeaker."""

    type: Literal["play_clip"]
    clip: ClipName
    """The clip's name: a file's, or a built-in tone's."""
    volume_db: VolumeDb = 0.0
    """Louder (positive) or softer than the clip was recorded."""
    repeat: Annotated[int, Range(-1, 1000)] = 0
    """How many more times it plays: 0 plays it once, -1 until it is stopped."""


class Speak(Table):
    """Speaks a text, which clips pause for."""

    type: Literal["speak"]
    text: SpokenText
    """The text."""
    voice: OptionalVoiceName = ""
    """Who says it; empty: `speech.voice`."""
    volume_db: VolumeDb = 0.0
    """Louder (positive) or softer than clips of one loudness are (`audio.clip_loudness_lufs`)."""
    repeat: Annotated[int, Range(-1, 1000)] = 0
    """How many more times it is said: 0 says it once, -1 until it is stopped."""


class StopClip(Table):
    """Stops a clip; what is spoken goes by the name `speech`."""

    type: Literal["stop_clip"]
    clip: ClipName | None = None
    """The clip's name; without it every clip stops."""


class HangUp(Table):
    """Ends the call that the rule reacts to; every call when it reacts to none."""

    type: Literal["hang_up"]


def occurrence(entry: object) -> str | None:
    """The name that tells which kind of condition entry this is."""
    if isinstance(entry, Happens):
        return entry.event
    if isinstance(entry, Holds):
        return entry.condition
    if isinstance(entry, Mapping):
        name = entry.get("event", entry.get("condition"))
        return name if isinstance(name, str) else None
    return None


RuleCondition = Annotated[
    Annotated[DtmfSequence, Tag("dtmf.sequence")]
    | Annotated[DtmfDigit, Tag("dtmf.digit")]
    | Annotated[ClipFinished, Tag("clip.finished")]
    | Annotated[ManualTrigger, Tag("manual.trigger")]
    | Annotated[LoginFailed, Tag("login.failed")]
    | Annotated[CallState, Tag("call.state")]
    | Annotated[ClipPlaying, Tag("audio.clip_playing")]
    | Annotated[InputLevel, Tag("audio.input_level")]
    | Annotated[AudioTransmit, Tag("audio.transmit")]
    | Annotated[MulticastActive, Tag("multicast.active")]
    | Annotated[DeviceReady, Tag("device.ready")]
    | Annotated[SipRegistration, Tag("sip.registration")],
    Discriminator(occurrence),
]
RuleAction = Annotated[PlayClip | Speak | StopClip | HangUp | Notify, Field(discriminator="type")]


class RuleSettings(Table):
    """What the speaker does by itself.

    A rule with an `event` starts when that occurs while all its conditions hold; one without starts
    when its conditions come to hold all together, and again only after one of them has ceased to.
    A rule that runs is not started a second time; it runs until `wait_between_actions_s` after its
    last action.
    """

    name: Annotated[str, Text(r"[^\x00-\x1f\x7f]{1,64}", "a name of 1 to 64 characters")]
    """What the rule is called; no two rules share a name."""
    enabled: bool = True
    """Whether the rule acts at all."""
    conditions: Annotated[tuple[RuleCondition, ...], Entries(1, 16)]
    """What starts the rule: at most one `event`, and conditions that must all hold."""
    wait_between_actions_s: Annotated[float, Range(0, 86400)] = 0.0
    """Least time between two actions of this rule; it cannot start again before it has passed."""
    action: Annotated[tuple[RuleAction, ...], Entries(1, 16)]
    """What the rule does, in this order."""
