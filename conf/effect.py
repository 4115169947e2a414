"""When a change of each setting takes effect in a device that runs.

No change needs a restart. A setting without a line here is found by the tests.
"""

import enum
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final


class Effect(enum.Enum):
    """As `docs/settings.md` says it."""

    AT_ONCE = "at once"
    CALLS_END = "at once; calls that lose it end"
    REGISTERS = "at once; accounts that it concerns register anew"
    PORT = "at once; calls go on, and are told where"
    OTHER_DOOR = "at once; requests that are inside are answered"
    NEXT_CONNECTION = "next connection"
    NEXT_CALL = "next call"
    NEXT_PLAY = "when a clip is next played"
    NEXT_SPEECH = "when text is next spoken"
    NEXT_PAGE = "next page"
    NEXT_REQUEST = "next request"
    NEXT_NOTIFICATION = "next notification"


E = Effect

EFFECTS: Final[Mapping[str, Effect]] = {
    "device.name": E.REGISTERS,
    "device.serial": E.AT_ONCE,
    "brand.*": E.AT_ONCE,
    "sip.enabled": E.CALLS_END,
    "sip.port": E.PORT,
    "sip.tls_port": E.PORT,
    "sip.certificate": E.NEXT_CONNECTION,
    "sip.trusted_certificates": E.NEXT_CONNECTION,
    "sip.allow_incoming_calls": E.NEXT_CALL,
    "sip.allowed_callers": E.NEXT_CALL,
    "sip.max_calls": E.NEXT_CALL,
    "sip.rtp_start_port": E.NEXT_CALL,
    "sip.calling_timeout_s": E.NEXT_CALL,
    "sip.incoming_call_duration_s": E.NEXT_CALL,
    "sip.end_calls_after_s": E.NEXT_CALL,
    "sip.session_timer_s": E.NEXT_CALL,
    "sip.codecs": E.NEXT_CALL,
    "sip.silence_suppression": E.NEXT_CALL,
    "sip.audio_direction": E.NEXT_CALL,
    "sip.dtmf_payload_type": E.NEXT_CALL,
    "sip.rtp_silence_limit_s": E.NEXT_CALL,
    "sip.register_interval_s": E.REGISTERS,
    "sip.max_retransmissions": E.REGISTERS,
    "sip.seconds_until_failback": E.REGISTERS,
    "sip.udp_to_tcp_switching": E.REGISTERS,
    "sip.allow_via_rewrite": E.REGISTERS,
    "sip.allow_contact_rewrite": E.REGISTERS,
    "sip.accounts": E.CALLS_END,
    "sip.accounts[].id": E.CALLS_END,
    "sip.accounts[].active": E.CALLS_END,
    "sip.accounts[].name": E.AT_ONCE,
    "sip.accounts[].default": E.NEXT_CALL,
    "sip.accounts[].answer_*": E.NEXT_CALL,
    "sip.accounts[].callers*": E.NEXT_CALL,
    "sip.accounts[].media_*": E.NEXT_CALL,
    "sip.accounts[].dtmf_*": E.NEXT_CALL,
    "sip.accounts[].mode": E.REGISTERS,
    "sip.accounts[].user_id": E.REGISTERS,
    "sip.accounts[].domain": E.REGISTERS,
    "sip.accounts[].password": E.REGISTERS,
    "sip.accounts[].authentication_id": E.REGISTERS,
    "sip.accounts[].caller_id": E.REGISTERS,
    "sip.accounts[].registrar": E.REGISTERS,
    "sip.accounts[].secondary_server": E.REGISTERS,
    "sip.accounts[].transport": E.REGISTERS,
    "sip.accounts[].prefer_ipv6": E.REGISTERS,
    "sip.accounts[].proxies*": E.REGISTERS,
    "sip.accounts[].follow_redirects": E.REGISTERS,
    "sip.accounts[].sips": E.REGISTERS,
    "sip.accounts[].tls_version": E.NEXT_CONNECTION,
    "sip.accounts[].certificate": E.NEXT_CONNECTION,
    "sip.accounts[].verify_server_certificate": E.NEXT_CONNECTION,
    "sip.accounts[].trusted_certificates": E.NEXT_CONNECTION,
    "sip.dtmf_sequences*": E.NEXT_CALL,
    "announcement.*": E.NEXT_CALL,
    "audio.output_*": E.AT_ONCE,
    "audio.input_*": E.AT_ONCE,
    "audio.echo_cancellation": E.AT_ONCE,
    "audio.noise_suppression": E.AT_ONCE,
    "audio.automatic_gain": E.AT_ONCE,
    "audio.call_progress_tones": E.NEXT_CALL,
    "audio.normalize_clip_loudness": E.NEXT_PLAY,
    "audio.clip_loudness_lufs": E.NEXT_PLAY,
    "clips*": E.NEXT_PLAY,
    "sound_detection.*": E.AT_ONCE,
    "speech.*": E.NEXT_SPEECH,
    "multicast.enabled": E.AT_ONCE,
    "multicast.sources": E.AT_ONCE,
    "multicast.sources[].label": E.AT_ONCE,
    "multicast.sources[].address": E.AT_ONCE,
    "multicast.sources[].port": E.AT_ONCE,
    "multicast.sources[].priority": E.NEXT_PAGE,
    "multicast.codec": E.NEXT_PAGE,
    "http.enabled": E.OTHER_DOOR,
    "http.port": E.OTHER_DOOR,
    "http.https_enabled": E.OTHER_DOOR,
    "http.https_port": E.OTHER_DOOR,
    "http.certificate": E.NEXT_CONNECTION,
    "http.strict_transport_security_s": E.NEXT_REQUEST,
    "http.authentication_policy": E.NEXT_REQUEST,
    "http.allow_anonymous_viewing": E.NEXT_REQUEST,
    "http.session_*": E.NEXT_REQUEST,
    "http.brute_force.*": E.NEXT_REQUEST,
    "global_proxies.*": E.NEXT_NOTIFICATION,
    "recipients*": E.NEXT_NOTIFICATION,
    "log_mail.*": E.AT_ONCE,
    "rules*": E.AT_ONCE,
    "time.*": E.AT_ONCE,
    "clip_library.*": E.AT_ONCE,
    "http_audio.*": E.NEXT_REQUEST,
}
"""By the setting's key; `*` stands for any rest of it, and the longest pattern counts."""


def pattern_of(key: str) -> str:
    """The line of `EFFECTS` for a setting such as `sip.accounts[].name`.

    Raises:
        LookupError: there is none.
    """
    found = [pattern for pattern in EFFECTS if _covers(pattern, key)]
    if not found:
        raise LookupError(f"conf/effect.py does not say when a change of {key} takes effect")
    return max(found, key=len)


def _covers(pattern: str, key: str) -> bool:
    return fnmatchcase(key, pattern.replace("[", "[[]"))
