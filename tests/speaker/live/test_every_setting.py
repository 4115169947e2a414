"""No setting is stored and ignored: for each one there is a test that shows what a change does."""

import ast
from pathlib import Path
from typing import Final

import pytest

from conf.effect import EFFECTS, pattern_of
from conf.reference import sections

TESTS: Final = Path(__file__).parents[1]

PORTS = "live/test_ports_change.py"
ACCOUNTS = "live/test_accounts_change.py"
NEXT_CALL = "live/test_next_call.py"
SOUND = "live/test_sound_changes.py"
CALLS = "calls/test_new_settings.py"
AGREED = f"{NEXT_CALL}::test_the_next_call_is_agreed_on_by_the_new_settings"
OFFERED = f"{NEXT_CALL}::test_the_next_call_of_ours_offers_what_is_set_now"
ENGINE = f"{SOUND}::test_the_sound_engine_is_told_of_everything_that_is_set"
ANEW = f"{ACCOUNTS}::test_of_two_accounts_only_the_one_that_is_changed_registers_anew"
PAGES = f"{SOUND}::test_sources_of_pages_are_joined_and_left"
ALLOWED = f"{NEXT_CALL}::test_who_may_call_is_asked_of_the_next_call"
LIMITS = f"{CALLS}::test_how_long_people_may_talk_is_what_it_was_when_they_began"
KEYS = f"{CALLS}::test_the_next_call_has_the_new_key_sequences_and_the_account_s_way_of_keys"
SERVERS = f"{ACCOUNTS}::test_registrations_are_asked_for_as_long_as_is_set"
SIP_TLS = "live/test_tls_change.py::test_another_certificate_is_shown_to_who_connects_next"
CLIENT_TLS = "live/test_tls_change.py::test_terms_of_an_account_are_those_of_its_next_connection"
LEVELS = "sound/test_named_clips.py::test_a_clip_is_played_at_its_new_level_next_time"
DOORS = f"{PORTS}::test_http_moves_while_it_answers_the_request_that_moves_it"
GONE = f"{ACCOUNTS}::test_a_call_of_an_account_that_is_removed_ends_and_others_go_on"
TOLD = (
    "notifications/test_told_by_rules.py::test_what_is_told_has_the_event_in_it_and_each_change_of"
    "_the_settings_counts"
)
RULES = f"{SOUND}::test_a_rule_acts_as_soon_as_it_is_set_and_no_more_when_it_is_removed"
READ = "live/test_read_each_time.py::test_what_http_asks_for_each_time_is_the_new_value"

SHOWN: Final = {
    "device.name": f"{ACCOUNTS}::test_the_name_of_the_device_is_what_its_accounts_are_called"
    "_from_now_on",
    "device.serial": READ,
    "brand.*": READ,
    "sip.enabled": f"{PORTS}::test_sip_that_is_switched_off_ends_calls_and_gives_its_port_back",
    "sip.port": f"{PORTS}::test_sip_moves_to_another_port_and_a_call_goes_on_there",
    "sip.tls_port": f"{PORTS}::test_tls_moves_to_another_port",
    "sip.certificate": SIP_TLS,
    "sip.trusted_certificates": SIP_TLS,
    "sip.allow_incoming_calls": ALLOWED,
    "sip.allowed_callers": ALLOWED,
    "sip.max_calls": f"{PORTS}::test_the_most_sessions_follow_the_most_calls",
    "sip.rtp_start_port": AGREED,
    "sip.calling_timeout_s": LIMITS,
    "sip.incoming_call_duration_s": LIMITS,
    "sip.end_calls_after_s": LIMITS,
    "sip.session_timer_s": AGREED,
    "sip.codecs": AGREED,
    "sip.silence_suppression": OFFERED,
    "sip.audio_direction": AGREED,
    "sip.dtmf_payload_type": OFFERED,
    "sip.rtp_silence_limit_s": f"{CALLS}::test_how_long_a_peer_may_be_silent_counts_for_the_next"
    "_call",
    "sip.register_interval_s": SERVERS,
    "sip.max_retransmissions": SERVERS,
    "sip.seconds_until_failback": SERVERS,
    "sip.udp_to_tcp_switching": SERVERS,
    "sip.allow_via_rewrite": SERVERS,
    "sip.allow_contact_rewrite": SERVERS,
    "sip.accounts": GONE,
    "sip.accounts[].id": GONE,
    "sip.accounts[].active": f"{ACCOUNTS}::test_an_account_that_is_switched_off_unregisters",
    "sip.accounts[].name": READ,
    "sip.accounts[].default": f"{NEXT_CALL}::test_calls_of_ours_are_made_by_the_new_default",
    "sip.accounts[].answer_*": f"{CALLS}::test_the_next_call_rings_where_the_account_answers_by"
    "_itself_no_more",
    "sip.accounts[].callers*": f"{NEXT_CALL}::test_callers_of_an_account_prove_themselves_from_now"
    "_on",
    "sip.accounts[].media_*": f"{CALLS}::test_the_next_call_is_encrypted_as_the_account_says_now",
    "sip.accounts[].dtmf_*": KEYS,
    "sip.accounts[].mode": f"{ACCOUNTS}::test_an_account_that_is_added_registers_and_one_that_is"
    "_removed_unregisters",
    **dict.fromkeys(
        (
            f"sip.accounts[].{name}"
            for name in (
                "user_id",
                "domain",
                "password",
                "authentication_id",
                "caller_id",
                "registrar",
                "secondary_server",
                "transport",
                "prefer_ipv6",
                "proxies*",
                "follow_redirects",
                "sips",
            )
        ),
        ANEW,
    ),
    "sip.accounts[].tls_version": CLIENT_TLS,
    "sip.accounts[].certificate": CLIENT_TLS,
    "sip.accounts[].verify_server_certificate": CLIENT_TLS,
    "sip.accounts[].trusted_certificates": CLIENT_TLS,
    "sip.dtmf_sequences*": KEYS,
    "announcement.*": f"{NEXT_CALL}::test_the_next_call_is_announced_by_the_clip_that_is_set",
    "audio.output_*": f"{SOUND}::test_the_gain_of_the_loudspeaker_is_heard_at_once_amid_a_clip",
    "audio.input_*": ENGINE,
    "audio.echo_cancellation": ENGINE,
    "audio.noise_suppression": ENGINE,
    "audio.automatic_gain": ENGINE,
    "audio.call_progress_tones": f"{CALLS}::test_the_room_hears_no_tones_of_calls_any_more_when"
    "_they_are_switched_off",
    "audio.normalize_clip_loudness": LEVELS,
    "audio.clip_loudness_lufs": LEVELS,
    "clips*": LEVELS,
    "multicast.enabled": PAGES,
    "multicast.sources": PAGES,
    "multicast.sources[].label": PAGES,
    "multicast.sources[].address": PAGES,
    "multicast.sources[].port": PAGES,
    "multicast.sources[].priority": "sound/test_paging.py::test_codec_and_priority_that_are"
    "_changed_count_for_the_next_page",
    "multicast.codec": "sound/test_paging.py::test_codec_and_priority_that_are_changed_count_for"
    "_the_next_page",
    "http.enabled": DOORS,
    "http.port": DOORS,
    "http.https_enabled": DOORS,
    "http.https_port": DOORS,
    "http.certificate": "http/test_doors.py::test_another_certificate_is_shown_on_the_same_port",
    "http.strict_transport_security_s": READ,
    "http.authentication_policy": READ,
    "http.allow_anonymous_viewing": READ,
    "http.session_*": READ,
    "http.brute_force.*": READ,
    "global_proxies.*": TOLD,
    "recipients*": TOLD,
    "log_mail.*": "notifications/test_told_by_rules.py::test_the_log_goes_out_by_email_and_its_own"
    "_failures_do_not",
    "rules*": RULES,
    "sound_detection.*": "sound/test_input_level.py::test_the_engine_watches_as_is_set_and_the"
    "_condition_is_there_while_it_does",
    "speech.*": "sound/test_speech.py::test_what_is_set_counts_for_the_next_text",
    "http_audio.*": "vapix/test_sound_by_http.py::test_a_change_counts_for_the_next_request",
    "time.*": "test_local_time.py::test_local_time_is_what_is_set",
    "clip_library.*": "sound/test_librarian.py::test_what_cannot_be_a_clip_is_refused_with_the"
    "_reason",
}
"""The test of each line of `conf.effect`."""


def test_every_setting_says_when_a_change_of_it_counts_and_has_a_test_that_shows_it() -> None:
    keys = {row.key for section in sections() for row in section.settings}
    assert {pattern_of(key) for key in keys} == set(EFFECTS), "no line is for settings of the past"
    assert set(SHOWN) == set(EFFECTS)


@pytest.mark.parametrize("test", sorted(set(SHOWN.values())))
def test_the_test_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in functions


def test_a_setting_that_nobody_has_thought_of_is_found() -> None:
    with pytest.raises(LookupError, match=r"sip\.colour"):
        pattern_of("sip.colour")
