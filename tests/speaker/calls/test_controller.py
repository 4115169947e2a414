"""The device's calls, with both user agents, the sound engine and the rules real and in memory."""

import pytest
from structlog.testing import capture_logs

from dtmf.event_sender import event_payloads
from sip.session.events import Answered, Ended, OfferArrived, Party, Progress
from sip.syntax.uri import SipUri
from speaker.calls.call_book import CallRefused, NoSuchCall
from speaker.sound.speech import Spoken
from tests.speaker.stage import Stage

TALKS_DB = -20.0
"""A tone of -15 dB RMS, through G.711 and two resamplers, is above this; silence is below -60."""

ANNOUNCED: dict[str, object] = {"announcement": {"clip": "busy"}}  # a second: 0.5 s of 425 Hz
BY_HAND = {
    "sip": {"accounts": [{"id": "a", "default": True, "answer_automatically": False}]},
}
BUSY_HZ = 425.0
ALICE = SipUri.for_user("alice", "192.0.2.1")


def test_a_call_is_answered_at_once_and_both_sides_are_heard() -> None:
    stage = Stage()
    stage.call()
    assert stage.pair.ladder[:3] == ["alice INVITE", "bob 100 INVITE", "bob 200 INVITE"]
    stage.run(1.0)
    assert stage.states == ["idle", "ringing", "talking"]
    assert stage.room_level_db() > TALKS_DB
    assert stage.phone_level_db() > TALKS_DB


def test_the_caller_hears_ringing_while_the_room_hears_the_announcement() -> None:
    stage = Stage(ANNOUNCED)
    stage.call()
    stage.run(0.3)
    assert stage.pair.ladder == ["alice INVITE", "bob 100 INVITE", "bob 180 INVITE"]
    assert stage.state() == "announcing"
    assert stage.room_level_db(BUSY_HZ) > -30
    stage.run(1.0)
    assert "bob 200 INVITE" in stage.pair.ladder
    assert stage.states == ["idle", "ringing", "announcing", "talking"]
    assert stage.room_level_db() > TALKS_DB


def test_without_ringback_the_caller_hears_the_announcement_and_never_the_room() -> None:
    stage = Stage({"announcement": {"clip": "busy", "ringback_while_playing": False}})
    stage.call()
    stage.run(0.35)
    assert stage.pair.ladder[:3] == ["alice INVITE", "bob 100 INVITE", "bob 183 INVITE"]
    assert stage.phone_level_db(BUSY_HZ) > -30
    assert stage.phone_level_db() < -60
    assert stage.room_level_db() < -60, "the caller is heard before the call is answered"
    stage.run(1.2)
    assert stage.phone_level_db() > TALKS_DB
    assert stage.room_level_db() > TALKS_DB


def test_the_announcement_repeats_before_the_answer() -> None:
    stage = Stage({"announcement": {"clip": "busy", "repeat": 1}})
    stage.call()
    stage.run(1.5)
    assert stage.state() == "announcing"
    stage.run(0.7)
    assert stage.state() == "talking"


def test_a_caller_who_gives_up_ends_the_announcement() -> None:
    stage = Stage(ANNOUNCED)
    stage.call()
    stage.run(0.2)
    stage.phone.hang_up()
    stage.run(0.3)
    assert stage.phone.told(Ended)[0].code == 487
    assert stage.state() == "idle"
    assert stage.room_level_db(BUSY_HZ) < -60


def test_when_the_phone_hangs_up_the_ports_are_given_back() -> None:
    stage = Stage()
    stage.call()
    stage.run(0.2)
    stage.phone.hang_up()
    stage.run(0.3)
    assert stage.state() == "idle"
    assert stage.network.open_ports == [("192.0.2.1", 6000), ("192.0.2.1", 6001)]


def test_when_the_device_hangs_up_the_phone_gets_a_bye_and_silence_is_immediate() -> None:
    stage = Stage()
    stage.call()
    stage.run(0.5)
    stage.calls.hang_up(stage.calls.calls[0].session, stage.pair.now)
    assert stage.state() == "idle"
    stage.run(0.3)
    assert "bob BYE" in stage.pair.ladder
    assert stage.room_level_db() < -60
    assert not stage.calls.leaving


def test_a_second_call_hears_busy() -> None:
    stage = Stage()
    stage.call()
    stage.phone.call(stage.pair.bob, stage.offer)
    stage.run(0.1)
    assert stage.phone.told(Ended)[0].code == 486
    assert len(stage.calls.calls) == 1


def test_as_many_calls_as_max_calls_are_taken() -> None:
    stage = Stage({"sip": {"max_calls": 2}})
    for _ in range(3):
        stage.phone.call(stage.pair.bob, stage.offer)
        stage.run(0.1)
    assert len(stage.calls.calls) == 2
    assert [ended.code for ended in stage.phone.told(Ended)] == [486]


def test_an_offer_without_a_common_codec_is_refused() -> None:
    stage = Stage({"sip": {"codecs": ["PCMA"]}})
    stage.offer = stage.offer.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 0 101")
    stage.call()
    assert stage.phone.told(Ended)[0].code == 488
    assert ("192.0.2.2", 4000) not in stage.network.open_ports


def test_a_body_that_is_no_description_is_refused_as_malformed() -> None:
    stage = Stage()
    stage.phone.call(stage.pair.bob, b"this is no SDP")
    stage.run(0.1)
    assert stage.phone.told(Ended)[0].code == 400


def test_an_invite_without_an_offer_gets_ours_and_the_ack_settles_it() -> None:
    stage = Stage()
    stage.phone.call(stage.pair.bob, b"")
    stage.run(0.1)
    (answered,) = stage.phone.told(Answered)
    assert b"m=audio" in answered.body
    stage.phone.answer_offer(answered.body.replace(b"192.0.2.2", b"192.0.2.1"))
    stage.run(0.1)
    assert stage.calls.calls[0].media.agreed is not None


def test_an_account_may_wait_for_a_person_to_answer() -> None:
    stage = Stage(BY_HAND)
    stage.call()
    stage.run(1.0)
    assert stage.state() == "ringing"
    assert [told.code for told in stage.phone.told(Progress)] == [180]
    stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    stage.run(0.5)
    assert stage.room_level_db() > TALKS_DB


def test_an_unanswered_call_ends_after_incoming_call_duration() -> None:
    stage = Stage({"sip": {**BY_HAND["sip"], "incoming_call_duration_s": 2}})
    stage.call()
    stage.run(1.8)
    assert stage.state() == "ringing"
    stage.run(0.5)
    assert stage.state() == "idle"
    assert stage.phone.told(Ended)[0].code == 480


def test_a_conversation_ends_after_end_calls_after() -> None:
    stage = Stage({"sip": {"end_calls_after_s": 3}})
    stage.call()
    stage.run(2.8)
    assert stage.state() == "talking"
    stage.run(0.5)
    assert stage.phone.told(Ended)[0].by is Party.REMOTE


def test_a_phone_that_falls_silent_loses_the_call_after_the_limit() -> None:
    stage = Stage({"sip": {"rtp_silence_limit_s": 2}})
    stage.call()
    stage.run(1.0)
    stage.speaks = False
    stage.run(1.5)
    assert stage.state() == "talking"
    stage.run(1.0)
    assert stage.state() == "idle"
    assert "bob BYE" in stage.pair.ladder


def test_a_key_starts_a_clip_and_another_stops_it() -> None:
    stage = Stage(
        {
            "sip": {
                "dtmf_sequences": [
                    {"id": "play", "sequence": "1"},
                    {"id": "stop", "sequence": "0"},
                ]
            },
            "rules": [
                {
                    "name": "play",
                    "conditions": [{"event": "dtmf.sequence", "id": "play"}],
                    "action": [{"type": "play_clip", "clip": "busy", "repeat": -1}],
                },
                {
                    "name": "stop",
                    "conditions": [{"event": "dtmf.sequence", "id": "stop"}],
                    "action": [{"type": "stop_clip"}],
                },
            ],
        }
    )
    stage.call()
    stage.run(0.3)
    assert stage.phone_stream is not None
    stage.phone_stream.send_named_event(event_payloads("1", 100), 101)
    stage.run(0.5)
    assert [told["digit"] for told in stage.happenings("dtmf.digit")] == ["1"]
    assert stage.bus.value("audio.clip_playing") is True
    stage.phone.send_info("application/dtmf-relay", b"Signal=0\r\nDuration=160\r\n")
    stage.run(0.2)
    assert stage.bus.value("audio.clip_playing") is False
    stage.run(0.3)
    assert stage.room_level_db(BUSY_HZ) < -50


def test_a_rule_that_hangs_up_ringing_calls_does_so_without_an_error() -> None:
    """The rule hears of the ringing while the device is still busy with letting it ring."""
    stage = Stage(
        {
            **BY_HAND,
            "rules": [
                {
                    "name": "nobody is here",
                    "conditions": [{"condition": "call.state", "is": "ringing"}],
                    "action": [{"type": "hang_up"}],
                }
            ],
        }
    )
    stage.call()
    stage.run(0.2)
    assert stage.state() == "idle"
    assert stage.phone.told(Ended)[0].code == 480


def test_a_held_call_is_silent_and_goes_on_when_resumed() -> None:
    """RFC 3264 §8.4, held by the device."""
    stage = Stage()
    stage.call()
    stage.run(0.3)
    session = stage.calls.calls[0].session
    stage.calls.hold(session, stage.pair.now, on=True)
    stage.run(0.1)
    (held,) = stage.phone.told(OfferArrived)
    assert b"a=inactive" in held.body
    stage.phone.answer_offer(stage.offer.replace(b"a=sendrecv", b"a=inactive"))
    stage.run(0.5)
    assert stage.room_level_db() < -60
    assert stage.phone_level_db() < -60
    stage.calls.hold(session, stage.pair.now, on=False)
    stage.run(0.1)
    stage.phone.answer_offer(stage.offer)
    stage.run(0.5)
    assert stage.room_level_db() > TALKS_DB
    assert stage.phone_level_db() > TALKS_DB


def test_the_device_calls_and_both_sides_are_heard() -> None:
    stage = Stage()
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    assert stage.state() == "calling"
    stage.run(0.1)
    stage.phone.accept(stage.offer)
    stage.run(0.5)
    assert stage.states == ["idle", "calling", "talking"]
    assert "bob ACK" in stage.pair.ladder


def test_a_call_that_nobody_answers_is_given_up() -> None:
    stage = Stage({"sip": {"calling_timeout_s": 2}})
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    stage.phone.ring()
    stage.run(2.2)
    assert stage.state() == "idle"
    assert "bob CANCEL" in stage.pair.ladder


def test_commands_for_what_is_not_there_say_so() -> None:
    stage = Stage()
    stage.call()
    with pytest.raises(NoSuchCall, match="no call 'x'"):
        stage.calls.hang_up("x", stage.pair.now)  # type: ignore[arg-type]
    with pytest.raises(CallRefused, match="no active account 'y'"):
        stage.calls.call(ALICE, "y", stage.pair.now, address="192.0.2.1")
    with pytest.raises(CallRefused, match="max_calls = 1"):
        stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")


def test_a_rule_speaks_and_the_log_tells_why_it_cannot() -> None:
    speak = {"type": "speak", "text": "Ring, ring.", "voice": "de", "volume_db": -6.0, "repeat": 2}
    ringing = {"condition": "call.state", "is": "ringing"}
    rule = {"name": "bell", "conditions": [ringing], "action": [speak]}
    stage = Stage({**BY_HAND, "rules": [rule]})
    stage.call()
    stage.run(0.2)
    ((spoken, complain),) = stage.spoken
    assert spoken == Spoken(text="Ring, ring.", voice="de", gain_db=-6.0, repeat=2)
    with capture_logs() as logs:
        complain("it is not installed")
    assert [(each["rule"], each["why"]) for each in logs] == [("bell", "it is not installed")]
