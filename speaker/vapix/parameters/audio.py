"""`Audio` and `AudioSource`: the loudspeaker and the microphone (section `[audio]`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conf.accounts.role import Role
from conf.sections.sound_detection import LOWEST_DBFS
from conf.tables.plain import nested
from speaker.vapix.parameters.parameter import (
    BadValue,
    Constant,
    MillisecondsSetting,
    OneOf,
    Parameter,
    TextSetting,
    Whole,
    WholeSetting,
    YesNo,
    YesNoSetting,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.vapix.parameters.facts import Facts

MUTE: Final = "mute"


@dataclass(frozen=True, slots=True)
class Gain:
    """A gain in dB, or `mute`: two settings of one side."""

    gain: str
    muted: str

    def read(self, facts: Facts) -> str:
        """Decibels without needless digits."""
        return MUTE if facts.setting(self.muted) else f"{facts.setting(self.gain):g}"

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """A gain is heard: it ends the mute."""
        if text == MUTE:
            return nested(tuple(self.muted.split(".")), value=True)
        table, _, gain = self.gain.rpartition(".")
        muted = self.muted.rpartition(".")[2]
        return {table: {gain: _decibels(text), muted: False}}


@dataclass(frozen=True, slots=True)
class AlarmLevel:
    """Percent of the way from -90 dBFS to full scale."""

    def read(self, facts: Facts) -> str:
        """Whole percent."""
        level_dbfs = facts.setting("sound_detection.alarm_level_dbfs")
        return str(round(100 * (1 - level_dbfs / LOWEST_DBFS)))

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """Who sets an alarm level wants the alarm."""
        level_dbfs = round(LOWEST_DBFS * (1 - whole(text) / 100), 1)
        return {"sound_detection": {"enabled": True, "alarm_level_dbfs": level_dbfs}}


def _decibels(text: str) -> float:
    sign = text.removeprefix("-").removeprefix("+")
    is_number = sign.isascii() and sign.replace(".", "", 1).isdecimal() and len(sign) <= 8
    if not is_number or len(text) - len(sign) > 1:
        raise BadValue(f"{text!r} is neither a number of dB nor {MUTE!r}")
    return float(text)


_ENABLED: Final = YesNoSetting("audio.input_enabled")
_OPERATOR: Final = Role.OPERATOR

PARAMETERS: Final = (
    Parameter(
        "Audio.DuplexMode",
        TextSetting("http_audio.duplex_mode"),
        "Ways of sound",
        OneOf(("full", "get", "post")),
        write=_OPERATOR,
    ),
    Parameter(
        "Audio.MaxListeners",
        WholeSetting("http_audio.max_listeners"),
        "Listeners at the same time",
        Whole(0, 20),
        write=_OPERATOR,
    ),
    Parameter(
        "Audio.ReceiverBuffer",
        MillisecondsSetting("http_audio.receiver_buffer_s"),
        "Sound that waits before it is played (ms)",
        Whole(20, 500),
        write=_OPERATOR,
    ),
    Parameter(
        "Audio.ReceiverTimeout",
        MillisecondsSetting("http_audio.receiver_timeout_s"),
        "Silence that ends a transmission (ms)",
        Whole(200, 60000),
        write=_OPERATOR,
    ),
    Parameter("Audio.NbrOfConfigs", Constant("1"), "Configurations", Whole(1, 1)),
    Parameter("Audio.A0.Enabled", _ENABLED, "Microphone enabled", YesNo(), write=_OPERATOR),
    Parameter("Audio.A0.HTTPMessageType", Constant("singlepart"), "", OneOf(("singlepart",))),
    Parameter("Audio.A0.Name", Constant("Audio")),
    Parameter("Audio.A0.NbrOfChannels", Constant("1"), "", Whole(1, 1)),
    Parameter("Audio.A0.Source", Constant("0"), "", Whole(0, 0)),
    Parameter("AudioSource.AudioSupport", Constant("yes"), "", YesNo()),
    Parameter("AudioSource.NbrOfSources", Constant("1"), "", Whole(1, 1)),
    Parameter(
        "AudioSource.A0.AlarmLevel",
        AlarmLevel(),
        "Level of the microphone that sets off an alarm (%)",
        Whole(0, 100),
        write=_OPERATOR,
    ),
    Parameter(
        "AudioSource.A0.AudioEncoding",
        TextSetting("http_audio.codec"),
        "Codec of those who ask for none",
        OneOf(("g711", "g726", "opus", "lpcm")),
        write=_OPERATOR,
    ),
    Parameter(
        "AudioSource.A0.AudioSupport", _ENABLED, "Microphone enabled", YesNo(), write=_OPERATOR
    ),
    Parameter(
        "AudioSource.A0.InputGain",
        Gain("audio.input_gain_db", "audio.input_muted"),
        "Gain of the microphone (-60 to 30 dB, or mute)",
        write=_OPERATOR,
    ),
    Parameter("AudioSource.A0.InputType", Constant("internal"), "", OneOf(("internal",))),
    Parameter("AudioSource.A0.Name", Constant("Audio")),
    Parameter("AudioSource.A0.NbrOfChannels", Constant("1"), "", Whole(1, 1)),
    Parameter(
        "AudioSource.A0.OutputGain",
        Gain("audio.output_gain_db", "audio.output_muted"),
        "Gain of the loudspeaker (-60 to 12 dB, or mute)",
        write=_OPERATOR,
    ),
)
