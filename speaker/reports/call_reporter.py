"""Follows every call, and leaves a report of each: in the log, on the bus, in the data folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from media.engine.events import DeviceBack, DeviceLost, StreamFailed, StreamSilent, StreamStopped
from speaker.calls.call_state import CallState
from speaker.log import shortened
from speaker.reports.call_report import CallEnd, CallReport, EndedBy, Equipment, Way
from speaker.reports.call_trace import CallTrace
from speaker.reports.verdict.table import judged

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.engine.events import EngineEvent
    from speaker.calls.call import Call
    from speaker.calls.call_media import CallMedia
    from speaker.events import Bus

log = structlog.get_logger(__name__)

NOT_OVER = CallEnd(by=EndedBy.NETWORK)
UNHEARD_AGAIN = timedelta(minutes=1)
MOST_TRACES = 256
"""Calls whose sound may wait to be counted, above all that the engine can have at once."""


class CallReporter:
    """Hears of calls from those who make them. `now` is monotonic seconds."""

    def __init__(
        self,
        equipment: Equipment,
        bus: Bus,
        *,
        keep: Callable[[CallReport], CallReport],
        wall: Callable[[], datetime],
    ) -> None:
        """`keep` stores a report and returns it with its number; `wall` tells the local time."""
        self._equipment = equipment
        self._bus = bus
        self._keep = keep
        self._wall = wall
        self._traces: dict[str, CallTrace] = {}  # by session
        self._over: dict[str, CallTrace] = {}  # by stream: their sound has not been counted yet
        self._unheard: dict[str, datetime] = {}  # pages by label: until when it has been told
        self._lost: dict[str, str] = {}  # sound devices that are away, with the reason

    def equip(self, *, input_gain_db: float) -> None:
        """The microphone's gain is another from now on."""
        self._equipment = replace(self._equipment, input_gain_db=input_gain_db)

    # --- calls -----------------------------------------------------------------------------------

    def began(self, call: Call, way: Way, now: float) -> None:
        """A call came in, or was placed."""
        report = CallReport(
            call=call.session,
            began=self._time(),
            way=way,
            account=call.account.id,
            peer=shortened(call.peer),
            caller=shortened(call.caller.name) if call.caller else "",
            end=NOT_OVER,
            signalled_from=call.signalled_from,
            lost_devices=tuple(f"{role}: {why}" for role, why in self._lost.items()),
        )
        self._traces[call.session] = CallTrace(report, call.media, now)

    def went_on(self, call: Call, now: float) -> None:
        """A call has gone a step further."""
        trace = self._traces.get(call.session)
        if trace is not None and call.state is CallState.TALKING:
            trace.answered(now)

    def key_pressed(self, call: Call) -> None:
        """The other side pressed a key that counts."""
        trace = self._traces.get(call.session)
        if trace is not None:
            trace.report = replace(trace.report, keys=trace.report.keys + 1)

    def disagreed(self, call: Call, why: str) -> None:
        """No sound could be agreed on in a call that was answered, or was to be."""
        trace = self._traces.get(call.session)
        if trace is not None:
            trace.report = replace(trace.report, disagreement=shortened(why))

    def ended(self, call: Call, end: CallEnd, now: float) -> None:
        """A call is over. Its report is complete once its sound has been counted."""
        trace = self._traces.pop(call.session, None)
        if trace is None:
            return
        trace.ended(replace(end, why=shortened(end.why)), now)
        if call.media.is_started and len(self._over) < MOST_TRACES:
            self._over[trace.stream] = trace
        else:
            self._complete(trace)

    def refused(
        self,
        media: CallMedia | None,
        end: CallEnd,
        *,
        call: str,
        account: str,
        peer: str,
        signalled_from: str,
        disagreement: str,
    ) -> None:
        """A call to us could have no sound: nothing in its offer is for us, or no port is free."""
        report = CallReport(
            call=call,
            began=self._time(),
            way=Way.INCOMING,
            account=account,
            peer=shortened(peer),
            end=replace(end, why=shortened(end.why)),
            signalled_from=signalled_from,
            disagreement=shortened(disagreement),
        )
        if media is None:
            self._tell(judged(replace(report, equipment=self._equipment)))
        else:
            self._complete(CallTrace(report, media, 0.0))

    def began_at(self, session: str) -> str:
        """When a call began that has not ended: local time (ISO 8601); empty: there is none."""
        trace = self._traces.get(session)
        return "" if trace is None else trace.report.began

    # --- sound -----------------------------------------------------------------------------------

    def on_sound_event(self, event: EngineEvent) -> None:
        """Take what the engine tells of streams and devices."""
        match event:
            case StreamStopped(stream):
                trace = self._over.pop(stream, None)
                if trace is not None:
                    trace.counted(event)
                    self._complete(trace)
            case StreamSilent(stream, silent_s):
                for trace in self._traces.values():
                    if trace.stream == stream:
                        trace.report = replace(trace.report, silent_at_end_s=silent_s)
            case StreamFailed(stream, why):
                for trace in self._traces.values():
                    if trace.stream == stream:
                        trace.report = replace(trace.report, fault=shortened(why))
            case DeviceLost(device, reason):
                self._lost[device] = reason
                for trace in self._traces.values():
                    lost = (*trace.report.lost_devices, f"{device}: {reason}")
                    trace.report = replace(trace.report, lost_devices=lost[:4])
            case DeviceBack(device):
                self._lost.pop(device, None)
            case _:
                pass

    def page_ended(
        self, label: str, group: tuple[str, int], lasted_s: float, stopped: StreamStopped
    ) -> None:
        """A page by multicast is over; of one that cannot be heard there is one report a minute.

        The paging of a source in a codec that is not the one that is set begins anew each second.
        """
        ended_at = self._wall()
        if not stopped.statistics.packets_received:
            if ended_at < self._unheard.get(label, ended_at):
                return
            self._unheard[label] = ended_at + UNHEARD_AGAIN
        report = CallReport(
            began=(ended_at - timedelta(seconds=lasted_s)).isoformat(timespec="seconds"),
            way=Way.PAGE,
            peer=label,
            answered=True,
            lasted_s=lasted_s,
            end=CallEnd(by=EndedBy.REMOTE),
            here=group,
            packets=stopped.statistics,
            sound=stopped.sound,
            equipment=self._equipment,
        )
        self._tell(judged(report))

    # --- reports ---------------------------------------------------------------------------------

    def _complete(self, trace: CallTrace) -> None:
        self._tell(trace.judged(self._equipment))

    def _tell(self, report: CallReport) -> None:
        report = self._keep(report)
        tell = log.warning if report.is_faulty else log.info
        tell(
            "call report",
            number=report.number,
            way=report.way.value,
            peer=report.peer,
            lasted_s=round(report.lasted_s, 1),
            verdict=report.verdict,
        )
        if report.is_faulty:
            first = report.findings[0]
            self._bus.happen(
                "call.report",
                number=report.number,
                call=report.call,
                account=report.account,
                peer=report.peer,
                finding=first.name,
                severity=first.severity.value,
                verdict=report.verdict,
            )

    def _time(self) -> str:
        return self._wall().isoformat(timespec="seconds")
