"""`Properties`: what the device can do. A flag is there while what it tells of is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from speaker.vapix import product
from speaker.vapix.parameters.parameter import Constant, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from speaker.vapix.parameters.facts import Facts


@dataclass(frozen=True, slots=True)
class Told:
    """What the device or its machine says."""

    tell: Callable[[Facts], str]

    def read(self, facts: Facts) -> str:
        """As it is now."""
        return self.tell(facts)


@dataclass(frozen=True, slots=True)
class WhereRouted:
    """A value that is true where the device answers on a path."""

    path: str
    value: str = "yes"

    def read(self, facts: Facts) -> str | None:
        """The value, or nothing at all."""
        return self.value if self.path in facts.paths else None


@dataclass(frozen=True, slots=True)
class Joined:
    """A comma list of what is there: each word with the path that it needs; empty: always there."""

    words: tuple[tuple[str, str], ...]

    def read(self, facts: Facts) -> str | None:
        """The list; nothing at all where it would be empty."""
        there = [word for word, path in self.words if not path or path in facts.paths]
        return ",".join(there) or None


CALLS: Final = "/vapix/call"
CLIPS: Final = "/axis-cgi/mediaclip.cgi"
PLAY: Final = "/axis-cgi/playclip.cgi"
RECEIVE: Final = "/axis-cgi/audio/receive.cgi"
TRANSMIT: Final = "/axis-cgi/audio/transmit.cgi"
EVENT_STREAM: Final = "/vapix/ws-data-stream"

PARAMETERS: Final = (
    Parameter("Properties.API.HTTP.AdminPath", Constant("/"), "Web page"),
    Parameter("Properties.API.HTTP.Version", Constant("3"), "Version of VAPIX"),
    Parameter("Properties.API.Metadata.Metadata", WhereRouted(EVENT_STREAM), "Event stream"),
    Parameter("Properties.API.Metadata.Version", WhereRouted(EVENT_STREAM, "1.0")),
    Parameter("Properties.API.SIP.SIP", WhereRouted(CALLS), "Calls by SIP"),
    Parameter("Properties.API.SIP.Version", WhereRouted(CALLS, "2.2")),
    Parameter("Properties.ApiDiscovery.ApiDiscovery", WhereRouted("/axis-cgi/apidiscovery.cgi")),
    Parameter("Properties.Audio.Audio", Constant("yes"), "Sound"),
    Parameter(
        "Properties.Audio.Decoder.Format",
        WhereRouted(TRANSMIT, "g711,g726,opus,lpcm,axis-mulaw-128"),
        "What the loudspeaker takes",
    ),
    Parameter(
        "Properties.Audio.DuplexMode",
        Joined((("full", ""), ("post", TRANSMIT), ("get", RECEIVE))),
        "Ways of sound",
    ),
    Parameter(
        "Properties.Audio.Format",
        WhereRouted(RECEIVE, "g711,g726,opus,lpcm"),
        "What the microphone gives",
    ),
    Parameter("Properties.Audio.InputType", Constant("internal"), "Microphone"),
    Parameter("Properties.Audio.Source.A0.Input", Constant("yes")),
    Parameter("Properties.Audio.Source.A0.Output", Constant("yes")),
    Parameter(
        "Properties.AudioClip.Format", WhereRouted(CLIPS, "au,wav,opus,vorbis,mp3,flac"), "Clips"
    ),
    Parameter("Properties.AudioClip.PlayOptions", WhereRouted(PLAY, "repeat,volume,location")),
    Parameter("Properties.AudioClip.StopClip", WhereRouted("/axis-cgi/stopclip.cgi")),
    Parameter("Properties.Firmware.BuildDate", Told(lambda _: product.build_date())),
    Parameter("Properties.Firmware.BuildNumber", Constant("1")),
    Parameter("Properties.Firmware.Version", Told(lambda facts: facts.version)),
    Parameter(
        "Properties.FirmwareManagement.Version",
        WhereRouted("/axis-cgi/firmwaremanagement.cgi", "1.3"),
    ),
    Parameter("Properties.System.Architecture", Told(lambda _: product.architecture())),
    Parameter("Properties.System.HardwareID", Told(lambda _: product.hardware_id())),
    Parameter("Properties.System.Language", Constant("English")),
    Parameter("Properties.System.LanguageType", Constant("default")),
    Parameter("Properties.System.SerialNumber", Told(lambda facts: facts.serial), "Serial number"),
    Parameter("Properties.System.Soc", Told(lambda _: product.soc())),
)
