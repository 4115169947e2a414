"""The APIs that clients are told of (`apidiscovery.cgi`): those that work, and no others.

Client libraries ask an API at once when they find it here, so an entry is added when its API
answers whatever its document says that it answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """One API, under the id that VAPIX knows it by."""

    id: str
    name: str
    version: str
    path: str
    """Where it is; not told to clients, who know."""
    status: str = "official"


APIS: Final = (
    ApiEntry("api-discovery", "API Discovery Service", "1.0", "/axis-cgi/apidiscovery.cgi"),
    ApiEntry(
        "audio-device-control", "Audio Device Control", "1.0", "/axis-cgi/audiodevicecontrol.cgi"
    ),
    ApiEntry(
        "basic-device-info", "Basic Device Information", "1.3", "/axis-cgi/basicdeviceinfo.cgi"
    ),
    ApiEntry(
        "event-streaming-over-websocket",
        "Event Streaming over WebSocket",
        "1.0",
        "/vapix/ws-data-stream",
    ),
    ApiEntry("fwmgr", "Firmware Management", "1.3", "/axis-cgi/firmwaremanagement.cgi"),
    ApiEntry("mediaclip", "Media Clip", "1.0", "/axis-cgi/mediaclip.cgi"),
    ApiEntry("ntp", "NTP", "1.4", "/axis-cgi/ntp.cgi"),
    ApiEntry("param-cgi", "Legacy Parameter Handling", "1.0", "/axis-cgi/param.cgi"),
    ApiEntry("sip", "SIP", "2.2", "/vapix/call"),
    ApiEntry("systemready", "Systemready", "1.4", "/axis-cgi/systemready.cgi"),
    ApiEntry("time-service", "Time Service", "1.1", "/axis-cgi/time.cgi"),
    ApiEntry("user-management", "User Management", "1.1", "/axis-cgi/pwdgrp.cgi"),
)
"""Alphabetically, by id."""
