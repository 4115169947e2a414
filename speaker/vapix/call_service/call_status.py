"""`CallStatus`: the calls that are up, and those that have ended lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from speaker.calls.call_state import CallState
from speaker.reports.call_report import EndedBy, Way
from speaker.vapix.call_service.sip_account_status import own_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.calls.call import Call
    from speaker.device import Device
    from speaker.reports.call_report import CallReport

SOURCE: Final = "NetworkSpeaker"
TERMINATED: Final = "Terminated"
RECENT: Final = 20
"""Ended calls that are told of."""

STATES: Final[Mapping[CallState, str]] = MappingProxyType(
    {
        CallState.IDLE: "Idle",
        CallState.RINGING: "Ringing",
        CallState.ANNOUNCING: "Ringing",
        CallState.CALLING: "Calling",
        CallState.TALKING: "Active",
        CallState.ENDED: TERMINATED,
    }
)
BUSY: Final = frozenset({486, 600})
SILENCE: Final = frozenset({0, 408, 480})
"""Codes of calls that nobody took; 0: it was ours to give up."""


def call_statuses(device: Device) -> list[dict[str, object]]:
    """Of the calls that are up, then of those that have ended, the last one first."""
    up = [_of_call(device, call) for call in device.calls.calls]
    reports = [each for each in reversed(device.reports.reports) if each.way is not Way.PAGE]
    return up + [_of_report(device, each) for each in reports[:RECENT]]


def call_status(device: Device, call_id: str) -> dict[str, object] | None:
    """Of one call; None: nothing is known of it."""
    return next((each for each in call_statuses(device) if each["CallId"] == call_id), None)


def _of_call(device: Device, call: Call) -> dict[str, object]:
    is_ours = call.caller is None
    reason = "Initiated"
    if call.state is CallState.TALKING:
        reason = "AcceptedByRemote" if is_ours else "AcceptedByDevice"
    told: dict[str, object] = {
        "CallId": call.session,
        "Source": SOURCE,
        "CallState": STATES[call.state],
        "CallStateReason": reason,
        "StartTime": _utc(device.calls.began_at(call.session)),
        "Direction": "Outgoing" if is_ours else "Incoming",
        "DeviceURI": own_uri(device, call.account),
        "RemoteURI": call.peer,
        "CallType": "SIP",
        "SIPAccountId": call.account.id,
    }
    if call.media.agreed is not None:
        told["AudioCodec"] = call.media.agreed.codec.title
    return told


def _of_report(device: Device, report: CallReport) -> dict[str, object]:
    accounts = {each.id: each for each in device.settings.sip.accounts}
    account = accounts.get(report.account)
    told: dict[str, object] = {
        "CallId": report.call,
        "Source": SOURCE,
        "CallState": TERMINATED,
        "CallStateReason": _reason(report),
        "StartTime": _utc(report.began),
        "StopTime": _utc(report.began, report.rang_s + report.lasted_s),
        "Direction": "Outgoing" if report.way is Way.OUTGOING else "Incoming",
        "DeviceURI": own_uri(device, account) if account else "",
        "RemoteURI": report.peer,
        "CallType": "SIP",
        "SIPAccountId": report.account,
    }
    if report.agreed is not None:
        told["AudioCodec"] = report.agreed.codec
    return told


def _reason(report: CallReport) -> str:
    """Why it is over, in the few words that VAPIX has for it."""
    if report.answered:
        return TERMINATED
    end = report.end
    if end.code in BUSY:
        return "Busy"
    if end.code in SILENCE and end.by is not EndedBy.REMOTE:
        return "NoAnswer"
    if report.way is Way.INCOMING:
        return TERMINATED if end.by is EndedBy.REMOTE else "Denied"
    return "NoAnswer" if end.code in SILENCE else "Failed"


def _utc(local: str, later_s: float = 0.0) -> str:
    """A time of ours as VAPIX writes it: `2015-05-28T16:30:02Z`."""
    if not local:
        return ""
    at = datetime.fromisoformat(local) + timedelta(seconds=later_s)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
