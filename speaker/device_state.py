"""What the device is now, for the HTTP interface."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from speaker.version import VERSION

if TYPE_CHECKING:
    from speaker.device import Device


def state_of(device: Device) -> dict[str, Any]:
    """Values for JSON."""
    settings = device.settings
    return {
        "device": {"name": settings.device.name, "serial": device.serial, "version": VERSION},
        "boot": {
            "id": device.lifecycle.boot_id,
            "started_at": device.lifecycle.started_at.isoformat(timespec="seconds"),
            "uptime_s": round(device.lifecycle.uptime_s),
        },
        "accounts": [
            account.model_dump(include={"id", "name", "active", "default"})
            for account in settings.sip.accounts
        ],
        "conditions": [
            {"name": each.name, "of": each.of, "value": each.value, **each.attributes}
            for each in device.bus.conditions()
        ],
        "calls": [
            {
                "call": call.session,
                "state": call.state.value,
                "account": call.account.id,
                "peer": call.peer,
                "caller": asdict(call.caller) if call.caller else None,
                "codec": call.media.agreed.codec.title if call.media.agreed else None,
            }
            for call in device.calls.calls
        ],
        "sip": device.telephony.figures(),
        "engine": asdict(device.engine.figures()),
        "process": {
            # Both come back to what they were once nothing has happened for a minute.
            "tasks": len(asyncio.all_tasks()),
            "remembered": device.telephony.agent.remembered,
        },
    }
