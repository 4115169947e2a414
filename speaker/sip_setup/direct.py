"""Whether the speaker can be called without a server: what there is to see from inside."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from speaker.trial.trial_report import Stage, Step, failed, note, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conf.settings import AccountSettings, SipSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the speaker listens."""

    address: str
    """That people are told, in brackets where it needs them."""
    port: int | None
    """Of UDP and TCP; None: SIP is off."""
    tls_port: int | None


def direct_steps(sip: SipSettings, account: AccountSettings, reach: Reach) -> Iterator[Step]:
    """What stands between a phone and the speaker, and what does not."""
    if not sip.allow_incoming_calls:
        words = "the speaker takes no calls: switch `sip.allow_incoming_calls` on"
        yield failed(Stage.CALLERS, words)
        return
    user = f"{account.user_id}@" if account.user_id else ""
    host = reach.address.strip("[]")
    if ip_address(host).is_loopback:
        words = (
            f"the speaker is at {reach.address}, where only this machine can call it: connect the"
            " network, or start it without `--bind`"
        )
        yield note(Stage.SERVER, words)
    uri = f"sip:{user}{reach.address}"
    uri += "" if reach.port == 5060 else f":{reach.port}"
    yield ok(Stage.SERVER, f"phones call {uri}")
    yield from _callers(sip)
    yield note(Stage.CONNECTION, _firewall(sip, reach))
    if not account.answer_automatically:
        words = "calls ring until somebody answers them (`answer_automatically` is off)"
        yield note(Stage.CALLERS, words)


def _callers(sip: SipSettings) -> Iterator[Step]:
    if not sip.allowed_callers:
        words = "nobody may call: `sip.allowed_callers` is empty"
        yield failed(Stage.CALLERS, words)
        return
    entries = ", ".join(sip.allowed_callers)
    if sip.allowed_callers == ("local",):
        words = (
            "phones in private networks and on this machine may call; for others put their"
            " addresses into `sip.allowed_callers`"
        )
    elif "any" in sip.allowed_callers:
        words = "anybody who reaches the speaker may call (`sip.allowed_callers` has `any`)"
    else:
        words = f"these may call (`sip.allowed_callers`): {entries}"
    yield ok(Stage.CALLERS, words)


def _firewall(sip: SipSettings, reach: Reach) -> str:
    first = sip.rtp_start_port
    last = first + 2 * sip.max_calls
    sound = f"UDP from port {first} (to {last} at least) for sound" if first else "UDP for sound"
    return (
        f"a firewall between the phones and the speaker has to let in UDP and TCP port"
        f" {reach.port}, TCP port {reach.tls_port} for TLS, and {sound}; behind a router phones of"
        " other networks need a PBX, or ports that are forwarded"
    )
