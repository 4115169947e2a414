"""`audiodevicecontrol.cgi`: gains and mutes of the loudspeaker and the microphone.

One device with one input and one output, each of one channel: the settings of `[audio]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from conf.validation.problem import shown
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_B, ApiError, Trouble
from speaker.vapix.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conf.settings import AudioSettings
    from speaker.device import Device
    from speaker.vapix.envelope import Asked

DEVICE: Final = "0"
CONNECTION: Final = "internal"
SIGNALING: Final = "unbalanced"
POWER: Final = "Off"


@dataclass(frozen=True, slots=True)
class Side:
    """An input or an output, and the settings that it has."""

    list_name: str
    gain: str
    mute: str
    gains_db: range
    has_power: bool


SIDES: Final = (
    Side("inputs", "input_gain_db", "input_muted", range(-60, 31), has_power=True),
    Side("outputs", "output_gain_db", "output_muted", range(-60, 13), has_power=False),
)


class AudioDeviceControl:
    """The API, for one device."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def api(self) -> JsonApi:
        """The API with its methods."""
        return JsonApi(
            path="/axis-cgi/audiodevicecontrol.cgi",
            family=FAMILY_B,
            versions=("1.0",),
            methods={
                "getDevicesCapabilities": Method(Role.OPERATOR, self._capabilities),
                "getDevicesSettings": Method(Role.VIEWER, self._get_settings),
                "setDevicesSettings": Method(Role.OPERATOR, self._set_settings),
                "getHazardousSettings": Method(Role.OPERATOR, self._hazardous_settings),
            },
        )

    async def _capabilities(self, _asked: Asked) -> Mapping[str, object]:
        return self._tree({}, {side: _capability(side) for side in SIDES})

    async def _get_settings(self, _asked: Asked) -> Mapping[str, object]:
        audio = self._device.settings.audio
        return self._tree(
            {"connectionTypeSelected": CONNECTION},
            {side: _setting(side, audio) for side in SIDES},
        )

    async def _hazardous_settings(self, _asked: Asked) -> Mapping[str, object]:
        """None: no power is fed to a microphone here."""
        return {"powerTypes": []}

    async def _set_settings(self, asked: Asked) -> Mapping[str, object]:
        """Any part of the tree; what it leaves out stays."""
        change: dict[str, object] = {}
        for device in asked.params.objects("devices"):
            self._check_device(device)
            for side in SIDES:
                if side.list_name in device:
                    for end in device.objects(side.list_name):
                        change |= _taken(side, end)
        await self._device.change({"audio": change}, by=asked.by.name, address=asked.by.address)
        return {}

    def _check_device(self, device: Fields) -> None:
        _check(device, "id", DEVICE)
        if "name" in device:
            _check(device, "name", self._device.settings.device.name)

    def _tree(
        self, selected: Mapping[str, object], ends: Mapping[Side, Mapping[str, object]]
    ) -> Mapping[str, object]:
        device: dict[str, object] = {"id": DEVICE, "name": self._device.settings.device.name}
        for side, signaling in ends.items():
            inner = {"signalingTypeSelected": SIGNALING} if selected else {}
            connection = {"id": CONNECTION, **inner, "signalingTypes": [signaling]}
            device[side.list_name] = [
                {"id": "0", "name": "", **selected, "connectionTypes": [connection]}
            ]
        return {"devices": [device]}


def _capability(side: Side) -> Mapping[str, object]:
    power = {"powerTypes": [POWER]} if side.has_power else {}
    channel = {"id": 0, "gainValues": list(side.gains_db), "muteSupported": True}
    return {"id": SIGNALING, **power, "channels": [channel]}


def _setting(side: Side, audio: AudioSettings) -> Mapping[str, object]:
    gain = getattr(audio, side.gain)
    power = {"powerType": POWER} if side.has_power else {}
    channel = {
        "id": 0,
        "gain": int(gain) if gain == int(gain) else gain,
        "mute": getattr(audio, side.mute),
    }
    return {"id": SIGNALING, **power, "channels": [channel]}


def _taken(side: Side, end: Fields) -> dict[str, object]:
    """The settings that one input or output is to have."""
    _check(end, "id", "0")
    for name, only in (("name", ""), ("connectionTypeSelected", CONNECTION)):
        if name in end:
            _check(end, name, only)
    change: dict[str, object] = {}
    for channel in _channels(end):
        if channel.values.get("id") not in (0, "0"):
            raise ApiError(Trouble.INVALID, f"{channel.at}.id is not 0, the one channel there is")
        if "gain" in channel:
            change[side.gain] = channel.number("gain")
        if "mute" in channel:
            change[side.mute] = channel.flag("mute")
    return change


def _channels(end: Fields) -> Iterable[Fields]:
    """Of the one connection and the one way to signal that there is."""
    for connection in end.objects("connectionTypes") if "connectionTypes" in end else ():
        _check(connection, "id", CONNECTION)
        if "signalingTypeSelected" in connection:
            _check(connection, "signalingTypeSelected", SIGNALING)
        # The documents of VAPIX spell it in both ways.
        for spelling in ("signalingTypes", "signalTypes"):
            for signaling in connection.objects(spelling) if spelling in connection else ():
                _check(signaling, "id", SIGNALING)
                if "powerType" in signaling:
                    _check(signaling, "powerType", POWER)
                if "channels" in signaling:
                    yield from signaling.objects("channels")


def _check(given: Fields, name: str, only: str) -> None:
    """There is only one of everything, and it cannot be another."""
    if given.text(name) != only:
        raise ApiError(Trouble.INVALID, f"{given.at}.{name} is not {shown(only)}")
