"""The JSON APIs under `/axis-cgi`, each at its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from speaker.vapix.api_discovery import api_discovery
from speaker.vapix.audio_device_control import AudioDeviceControl
from speaker.vapix.basic_device_info import BasicDeviceInfo
from speaker.vapix.envelope import route
from speaker.vapix.firmware_management import FirmwareManagement
from speaker.vapix.ntp import Ntp, keepers_of_this_machine
from speaker.vapix.system_ready import SystemReady
from speaker.vapix.time_service import TimeService

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.vapix.envelope import JsonApi


def json_apis(device: Device) -> tuple[JsonApi, ...]:
    """All of them."""
    return (
        api_discovery(),
        AudioDeviceControl(device).api(),
        BasicDeviceInfo(device).api(),
        FirmwareManagement(device).api(),
        Ntp(keepers_of_this_machine(), device.store.audit).api(),
        SystemReady(device).api(),
        TimeService(device).api(),
    )


def json_api_routes(device: Device) -> APIRouter:
    """Their routes."""
    return APIRouter(routes=[route(api) for api in json_apis(device)])
