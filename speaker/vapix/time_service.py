"""`time.cgi`: date, time and time zone."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from conf.sections.time import time_zones
from conf.validation.problem import shown
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_C, ApiError, Trouble
from speaker.zone_rules import zone_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conf.sections.time import TimeSettings
    from speaker.device import Device
    from speaker.vapix.envelope import Asked

LAST_YEAR: Final = 2037
"""The last one that machines with 32 bits for the time can tell."""

LONGEST_ZONE: Final = 256
DATE_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


class TimeService:
    """The API, for one device."""

    def __init__(
        self,
        device: Device,
        set_clock: Callable[[float], None] = lambda seconds: time.clock_settime(
            time.CLOCK_REALTIME, seconds
        ),
    ) -> None:
        """`set_clock` sets the machine's clock to seconds since 1970; raises OSError."""
        self._device = device
        self._set_clock = set_clock

    def api(self) -> JsonApi:
        """The API with its methods."""
        return JsonApi(
            path="/axis-cgi/time.cgi",
            family=FAMILY_C,
            versions=("1.1",),
            methods={
                "getDateTimeInfo": Method(Role.VIEWER, self._get_date_time_info),
                "getAll": Method(Role.VIEWER, self._get_all),
                "setDateTime": Method(Role.OPERATOR, self._set_date_time),
                "setTimeZone": Method(Role.OPERATOR, self._set_time_zone),
                "setPosixTimeZone": Method(Role.OPERATOR, self._set_posix_time_zone),
                "resetTimeZone": Method(Role.OPERATOR, self._reset_time_zone),
            },
        )

    async def _get_date_time_info(self, _asked: Asked) -> Mapping[str, object]:
        return self._told()

    async def _get_all(self, _asked: Asked) -> Mapping[str, object]:
        zones = await asyncio.to_thread(time_zones)
        return {**self._told(), "timeZones": list(zones)}

    def _told(self) -> dict[str, object]:
        settings = self._time
        now = datetime.now(UTC)
        told: dict[str, object] = {
            "dateTime": now.strftime(FORM),
            "localDateTime": now.astimezone().isoformat(timespec="seconds"),
            "maxYearSupported": LAST_YEAR,
        }
        if settings.posix_time_zone:
            told["posixTimeZone"] = settings.posix_time_zone
            told["dstEnabled"] = settings.posix_daylight_saving
        else:
            told["posixTimeZone"] = zone_rules()
            told["dstEnabled"] = True
        if settings.time_zone:
            told["timeZone"] = settings.time_zone
        return told

    @property
    def _time(self) -> TimeSettings:
        return self._device.settings.time

    async def _set_date_time(self, asked: Asked) -> Mapping[str, object]:
        """Set the machine's clock, where the system lets us."""
        text = asked.params.text("dateTime")
        moment = _moment(text)
        try:
            await asyncio.to_thread(self._set_clock, moment.timestamp())
        except OSError as error:
            why = f"the clock is the machine's, which does not let us set it: {error.strerror}"
            raise ApiError(Trouble.HOST, why) from error
        note = self._device.store.audit.note
        words = f"set the machine's clock to {text}"
        await asyncio.to_thread(note, asked.by.name, words, address=asked.by.address)
        return {"dateTime": text}

    async def _set_time_zone(self, asked: Asked) -> Mapping[str, object]:
        zone = asked.params.text("timeZone", LONGEST_ZONE)
        if not zone:
            raise ApiError(Trouble.INVALID, "timeZone is empty")
        await self._change({"time_zone": zone, "posix_time_zone": None}, asked)
        return {"timeZone": zone}

    async def _set_posix_time_zone(self, asked: Asked) -> Mapping[str, object]:
        zone = asked.params.text("posixTimeZone", LONGEST_ZONE)
        if not zone:
            raise ApiError(Trouble.INVALID, "posixTimeZone is empty")
        with_summer = asked.params.flag("enableDst")
        change = {
            "time_zone": None,
            "posix_time_zone": zone,
            "posix_daylight_saving": with_summer,
        }
        await self._change(change, asked)
        return {"posixTimeZone": zone, "dstEnabled": with_summer}

    async def _reset_time_zone(self, asked: Asked) -> Mapping[str, object]:
        await self._change(dict.fromkeys(type(self._time).model_fields), asked)
        return {"status": "success"}

    async def _change(self, change: Mapping[str, object], asked: Asked) -> None:
        await self._device.change({"time": change}, by=asked.by.name, address=asked.by.address)


def _moment(text: str) -> datetime:
    """A time as `2018-12-24T20:30:45Z`."""
    try:
        if DATE_TIME.fullmatch(text):
            moment = datetime.strptime(text, FORM).replace(tzinfo=UTC)
            if 1970 <= moment.year <= LAST_YEAR:
                return moment
    except ValueError:
        pass
    rule = f"is not a time such as 2018-12-24T20:30:45Z, from 1970 to {LAST_YEAR}"
    raise ApiError(Trouble.INVALID, f"dateTime {shown(text)} {rule}")
