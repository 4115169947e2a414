"""`status`: what the device is and does now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.ctl.call_table import call_table
from speaker.ctl.output import duration, local, table
from speaker.ctl.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.errand import Commands, Errand


def add_commands(commands: Commands) -> None:
    """Make them known."""
    commands.add("status", tell_status, "what the device is and does now")


def tell_status(errand: Errand) -> None:
    """Print it."""
    state = errand.api.get("/state")
    errand.output.tell(state, _lines(Told(state)))


def _lines(state: Told) -> Iterable[str]:
    conditions = state.objects("conditions")
    device, boot = state.part("device"), state.part("boot")
    yield f"{device.text('name')}, serial {device.text('serial')}, version {device.text('version')}"
    ready = any(each.flag("value") for each in _all(conditions, "device.ready"))
    since = local(boot.text("started_at"))
    yield (
        f"{'takes calls' if ready else 'takes no calls'}, up"
        f" {duration(boot.number('uptime_s') or 0)} (since {since})"
    )
    yield ""
    registrations = {each.text("of"): each for each in _all(conditions, "sip.registration")}
    yield from table(
        ("account", "name", "", "registration"),
        [_account(each, registrations) for each in state.objects("accounts")],
    )
    yield ""
    calls = state.objects("calls")
    yield from call_table(calls) if calls else ["no calls"]
    yield from _sound(conditions)
    yield from _devices(conditions, state.part("engine"))


def _all(conditions: list[Told], name: str) -> list[Told]:
    return [each for each in conditions if each.text("name") == name]


def _account(account: Told, registrations: dict[str, Told]) -> tuple[str, str, str, str]:
    standing = "default" if account.flag("default") else ""
    if not account.flag("active"):
        return account.text("id"), account.text("name"), standing, "not active"
    registration = registrations.get(account.text("id"), Told(None))
    words = registration.text("value") or "-"
    if server := registration.text("server"):
        words += f" at {server}"
    code = registration.text("code") if registration.number("code") else ""
    why = " ".join(each for each in (code, registration.text("reason")) if each)
    return account.text("id"), account.text("name"), standing, f"{words}: {why}" if why else words


def _sound(conditions: list[Told]) -> Iterable[str]:
    playing = [each.text("clips") for each in _all(conditions, "audio.clip_playing")]
    clips = ", ".join(each for each in playing if each)
    yield f"plays {clips}" if clips else "no clip plays"
    pages = [each.text("of") for each in _all(conditions, "multicast.active") if each.flag("value")]
    if pages:
        yield f"page from {', '.join(pages)}"
    for each in _all(conditions, "audio.transmit"):
        if each.flag("value"):
            yield f"sound comes over HTTP from {each.text('user')}"


def _devices(conditions: list[Told], engine: Told) -> Iterable[str]:
    names = {"output": "loudspeaker", "input": "microphone"}
    for each in _all(conditions, "audio.device"):
        role = each.text("of")
        name = names.get(role, role)
        if each.flag("value"):
            delay = engine.number(f"{role}_delay_ms") or 0
            yield f"{name} works" + (f", {delay:.0f} ms of delay" if delay else "")
        else:
            yield f"{name} does not work: {each.text('reason')}"
    if underruns := engine.number("underruns"):
        yield f"{underruns:.0f} underruns of the loudspeaker since the start"
