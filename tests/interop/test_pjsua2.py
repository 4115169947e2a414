"""The speaker and PJSIP, by way of the project's phone."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.device_settings import KEY_ACTS_S
from tests.interop.pauses import SILENT
from tests.interop.peers import phone
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence
from tools.phone.script import KEY_S, PAUSE_S

QUIET_S = 0.5


@pytest.mark.parametrize(("transport", "codec"), [("udp", "PCMU"), ("tcp", "PCMA")])
def test_phone_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    transport: str,
    codec: str,
) -> None:
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--transport", transport)
    times = ("--duration", str(talk_s))
    with phone.call(idle_speaker.uri, *options, "--codec", codec, *times) as caller:
        outcome = caller.outcome()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
    assert (outcome.result, outcome.ended_by) == ("completed", "local")
    assert (outcome.codec, outcome.packets_lost) == (f"{codec}/8000", 0)
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_speaker_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    transport: str,
) -> None:
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--transport", transport)
    with phone.listen(*options, "--answer-after", "0.3", "--duration", str(talk_s)) as called:
        idle_speaker.call(f"{called.uri};transport={transport}")
        outcome = called.outcome()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
    assert (outcome.result, outcome.packets_lost) == ("completed", 0)
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.parametrize("method", ["rfc4733", "info"])
def test_keys_start_a_clip_and_stop_it(
    idle_speaker: Speaker, announcement: Sentence, method: str
) -> None:
    """RFC 4733 events and SIP INFO; during a call a clip is heard, if less loud."""
    stopped_s = 0.2 + KEY_S + 2 * PAUSE_S
    assert stopped_s > announcement.sound.duration_s + KEY_ACTS_S
    keys = ("--dtmf", "1,,0", "--dtmf-delay", "0.2", "--dtmf-method", method)
    times = ("--duration", str(stopped_s + KEY_ACTS_S + QUIET_S))
    with phone.call(idle_speaker.uri, *keys, *times) as caller:
        assert caller.outcome().digits_sent == "10"
        played = idle_speaker.played()
    assert find_speech(announcement.sound, played).correlation > 0.9
    assert played.between(played.duration_s - QUIET_S, played.duration_s).peak < SILENT


def test_held_call_is_silent_and_resumed_call_is_heard_again(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """RFC 3264 §8.4, offered by the phone."""
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--play-loop", "--record", recording)
    hold_at_s, resume_at_s = 0.5, 2.0
    end_s = resume_at_s + max(talk_s, 2 * callers_words.sound.duration_s)
    times = ("--hold-at", hold_at_s, "--resume-at", resume_at_s, "--duration", end_s)
    with phone.call(idle_speaker.uri, *options, *map(str, times)) as caller:
        assert caller.outcome().result == "completed"
        played = idle_speaker.played()
    heard = read_sound(recording)
    assert heard.between(hold_at_s + 0.4, resume_at_s).peak < SILENT
    after_hold = heard.between(resume_at_s, heard.duration_s)
    assert find_speech(room_words.sound, after_hold).faithful
    assert find_speech(callers_words.sound, played).faithful


def test_codec_is_changed_in_a_running_call_and_both_sides_hear_each_other_still(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """RFC 3264 §8.3.2, by the phone's re-INVITE from PCMU to PCMA."""
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--play-loop", "--record", recording)
    change_at_s = 0.5
    end_s = change_at_s + max(talk_s, 2 * callers_words.sound.duration_s)
    change = ("--change-codec-at", str(change_at_s), "--change-codec-to", "PCMA")
    times = ("--codec", "PCMU", *change, "--duration", str(end_s))
    with phone.call(idle_speaker.uri, *options, *times) as caller:
        caller.err.wait_for("^asked for PCMA$", end_s)
        idle_speaker.wait_for_codec("PCMA")
        idle_speaker.listen_anew()
        outcome = caller.outcome()
        assert (outcome.result, outcome.codec) == ("completed", "PCMA/8000")
        played = idle_speaker.played()
    heard = read_sound(recording)
    after_change = heard.between(change_at_s + 0.3, heard.duration_s)
    assert find_speech(room_words.sound, after_change).faithful
    assert find_speech(callers_words.sound, played).faithful


def test_phone_transfers_the_speaker_to_another_phone(idle_speaker: Speaker) -> None:
    """RFC 3515: PJSIP refers, hears that it has worked, and is hung up on."""
    with phone.listen("--answer-after", "0.2", "--duration", "1") as second:
        refer = ("--refer-at", "0.3", "--refer-to", second.uri)
        with phone.call(idle_speaker.uri, *refer) as first:
            outcome = first.outcome()
            assert (outcome.result, outcome.ended_by) == ("completed", "remote")
        assert second.outcome().result == "completed"
    idle_speaker.wait_for_calls()


def test_speaker_transfers_a_phone_to_another_phone(idle_speaker: Speaker) -> None:
    """RFC 3515: PJSIP follows by itself, and tells when the other phone has answered."""
    with (
        phone.listen("--answer-after", "0.2", "--duration", "1") as second,
        phone.call(idle_speaker.uri) as first,
    ):
        first.wait_until_answered()
        idle_speaker.transfer(idle_speaker.only_call, second.uri)
        second.wait_until_answered()
        idle_speaker.wait_for_calls()


def test_speaker_hangs_up(idle_speaker: Speaker) -> None:
    with phone.call(idle_speaker.uri) as caller:
        caller.wait_until_answered()
        (call,) = idle_speaker.state()["calls"]
        idle_speaker.hang_up(call["call"])
        outcome = caller.outcome()
        idle_speaker.wait_for_calls()
    assert (outcome.result, outcome.ended_by) == ("completed", "remote")


def test_speaker_that_is_stopped_says_bye(tmp_path: Path) -> None:
    with Speaker(tmp_path / "speaker") as speaker, phone.call(speaker.uri) as caller:
        caller.wait_until_answered()
        speaker.stop()
        outcome = caller.outcome()
    assert (outcome.result, outcome.ended_by) == ("completed", "remote")


def test_caller_who_does_not_ask_hears_ringing_until_he_gives_up(ringing_speaker: Speaker) -> None:
    """RFC 3261 §9: CANCEL while it rings."""
    with phone.call(ringing_speaker.uri, "--give-up-after", "0.5") as caller:
        assert caller.wait_until_ringing() == 180
        outcome = caller.outcome()
        ringing_speaker.wait_for_calls()
    assert (outcome.result, outcome.code) == ("no_answer", 487)


def test_speaker_gives_up_a_call_that_nobody_answers(ringing_speaker: Speaker) -> None:
    with phone.listen("--answer-after", "20") as called:
        ringing_speaker.call(called.uri)
        outcome = called.outcome()
        ringing_speaker.wait_for_calls()
    assert (outcome.result, outcome.code) == ("no_answer", 487)


def test_refused_call_ends(idle_speaker: Speaker) -> None:
    with phone.listen("--refuse", "603") as called:
        idle_speaker.call(called.uri)
        assert called.outcome().code == 603
        idle_speaker.wait_for_calls()


def test_second_caller_hears_busy(idle_speaker: Speaker) -> None:
    with phone.call(idle_speaker.uri) as first:
        first.wait_until_answered()
        with phone.call(idle_speaker.uri) as second:
            refused = second.outcome()
        first.hang_up()
        assert first.outcome().result == "completed"
    assert (refused.result, refused.code) == ("refused", 486)


def test_announcement_is_heard_in_the_room_while_the_caller_hears_ringing(
    tmp_path: Path, announcement: Sentence
) -> None:
    recording = tmp_path / "phone.wav"
    clips = {"closing": announcement.path}
    with (
        Speaker(tmp_path / "speaker", "announcement.clip=closing", clips=clips) as speaker,
        phone.call(speaker.uri, "--record", recording, "--duration", "0.5") as caller,
    ):
        assert caller.wait_until_ringing() == 180
        outcome = caller.outcome()
        played = speaker.played()
    assert outcome.result == "completed"
    assert outcome.ringing_ms is not None
    assert outcome.ringing_ms / 1000 == pytest.approx(announcement.sound.duration_s, abs=0.3)
    assert find_speech(announcement.sound, played).faithful
    assert read_sound(recording).peak < SILENT


def test_announcement_is_heard_by_the_caller_as_early_media(
    tmp_path: Path, announcement: Sentence
) -> None:
    """RFC 3960: 183 with an answer, and sound before the 200."""
    recording = tmp_path / "phone.wav"
    settings = ("announcement.clip=closing", "announcement.ringback_while_playing=false")
    clips = {"closing": announcement.path}
    with (
        Speaker(tmp_path / "speaker", *settings, clips=clips) as speaker,
        phone.call(speaker.uri, "--record", recording, "--duration", "0.5") as caller,
    ):
        assert caller.wait_until_ringing() == 183
        assert caller.outcome().result == "completed"
        played = speaker.played()
    assert find_speech(announcement.sound, played).faithful
    assert find_speech(announcement.sound, read_sound(recording)).faithful


@pytest.mark.parametrize(
    "header",
    [
        "Call-Info: <sip:phone.invalid>;answer-after=0",
        "Alert-Info: <http://phone.invalid>;info=alert-autoanswer",
        "P-Auto-Answer: normal",
        "Answer-Mode: Auto",
    ],
)
def test_caller_asks_for_an_automatic_answer(ringing_speaker: Speaker, header: str) -> None:
    with phone.call(ringing_speaker.uri, "--header", header, "--duration", "0.2") as caller:
        assert caller.outcome().result == "completed"


def test_phone_hears_the_keys_of_the_speaker(idle_speaker: Speaker) -> None:
    """RFC 4733, sent by the speaker."""
    with phone.listen() as called:
        call = idle_speaker.call(called.uri)
        called.wait_until_answered()
        idle_speaker.press(call, "5#")
        called.err.wait_for("^heard key 5", 5)
        called.err.wait_for("^heard key #", 5)
        called.hang_up()
        assert called.outcome().digits_received == "5#"


def test_call_to_nobody_ends_by_itself(idle_speaker: Speaker) -> None:
    idle_speaker.call("sip:nobody@127.0.0.1:9;transport=tcp")
    idle_speaker.wait_for_calls()
