"""A device under measurement, and what a figure may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tools.bench.child import Child
from tools.bench.errors import CannotDo
from tools.bench.recording import Recording
from tools.bench.sound_tap import SoundTap


class Address(NamedTuple):
    """An IPv4 literal and a UDP or TCP port."""

    host: str
    port: int


class HttpSide(NamedTuple):
    """Where a device answers HTTP, and the secret that lets programs of this machine in."""

    host: str
    port: int
    token: str


class Sound(Enum):
    """What stands for the sound card."""

    NONE = "none"
    LOOP = "loop"
    """What is played is what the microphone hears."""
    WATCHED = "watched"
    """What is played can be seen, through `Device.tap`, as it is played."""
    RECORDED = "recorded"
    """What was played in a call can be had when it is over, through `Device.recording`."""
    ROOM = "room"
    """A room, in which somebody speaks and the microphone hears the loudspeaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a figure wants the device."""

    sound: Sound = Sound.NONE
    calls: int = 1
    """As many at the same time."""
    announces: bool = False
    """Something sounds in the room before a call is answered."""
    key_plays: bool = False
    """Key 1 on the phone starts a sound in the room, which is loud from its start."""
    page: Address | None = None
    """A multicast group whose RTP (PCMU) is played."""
    codec: str = "PCMU"
    """The one that calls use: PCMU, G722, opus or L16/16000."""
    room: str = ""
    """For `Sound.ROOM`: the speaker's URI of it, without the scheme."""
    echo_cancellation: str = "auto"
    """The speaker's setting."""
    busy_main_loop: bool = False
    """Its main loop can be kept busy, by `BusyLoop`."""
    encrypted: bool = False
    """Calls have encrypted sound (SRTP with SDES), or there are none."""


class Device:
    """A running device; ends when the `with` block does."""

    def __init__(
        self,
        child: Child,
        sip: Address,
        *,
        users: tuple[str, ...],
        http: HttpSide | None = None,
        tap: SoundTap | None = None,
        recording: Recording | None = None,
    ) -> None:
        self.child = child
        self.sip = sip
        self.http = http
        self._users = users
        self._tap = tap
        self._recording = recording

    @property
    def tap(self) -> SoundTap:
        """What is played; only of a device that was set up with `Sound.WATCHED`."""
        if self._tap is None:
            raise CannotDo("this device was set up without a way to see what it plays")
        return self._tap

    @property
    def recording(self) -> Recording:
        """What is played in calls; only of a device that was set up with `Sound.RECORDED`."""
        if self._recording is None:
            raise CannotDo("this device was set up without a record of what it plays")
        return self._recording

    def uri(self, call: int = 0) -> str:
        """Whom to call for the n-th of several calls at the same time."""
        user = self._users[call % len(self._users)]
        return f"sip:{user}@{self.sip.host}:{self.sip.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._tap is not None:
            self._tap.close()
        self.child.end()


@dataclass(frozen=True, slots=True)
class Maker:
    """A kind of device: its name, and how one is started in a folder of its own."""

    name: str
    start: Callable[[Setup, Path], Device]
    """Raises CannotDo, or ChildFailed when the device does not come up."""
