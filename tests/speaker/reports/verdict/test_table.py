"""Each rule with the situation that it is for: a call that was well but for one thing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from media.engine.stream_sound import StreamSound
from media.mixing.level import Level
from media.sdp.agreement import BY_DTLS
from media.sdp.codec_choice import AGREED_TOO, CodecFate
from media.stream.statistics import StreamStatistics
from speaker.reports.call_report import (
    CallEnd,
    CallReport,
    Descriptions,
    EndedBy,
    Equipment,
    Severity,
    Way,
)
from speaker.reports.verdict.table import ALL_WELL, RULES, TOO_SHORT, judged
from tests.speaker.reports.verdict.reports import WELL, level, like_well

ROUTER = ("192.168.1.1", 31000)
PUBLIC = "93.184.216.34"
NOTHING: dict[str, object] = {"packets_received": 0, "heard_from": None}
NO_SOUND: dict[str, object] = {"received": Level()}
REFUSED = replace(
    WELL,
    answered=False,
    lasted_s=0.0,
    agreed=None,
    packets=StreamStatistics(),
    sound=StreamSound(),
    end=CallEnd(by=EndedBy.LOCAL, code=488, why="formats 9 hold none of PCMU"),
    disagreement="formats 9 hold none of PCMU",
)
LOCKED = "audio is not encrypted"


PAGE = replace(
    WELL,
    way=Way.PAGE,
    agreed=None,
    packets=StreamStatistics(packets_received=200),
    sound=StreamSound(open_s=5.0, received=level(-12), played=level(-12)),
)


def called(code: int, by: EndedBy = EndedBy.REMOTE, why: str = "") -> CallReport:
    """A call of ours that nobody took."""
    return replace(
        REFUSED,
        way=Way.OUTGOING,
        disagreement="",
        end=CallEnd(by=by, code=code, why=why),
    )


def offered(name: str, fate: str) -> tuple[CodecFate, ...]:
    return (CodecFate(name, fate),)


SITUATIONS: list[tuple[str, CallReport, str]] = [
    (
        "fault",
        like_well(fault="ValueError: no such frame"),
        "ended the sound of this call (ValueError: no such frame)",
    ),
    (
        "no-codec",
        replace(REFUSED, codecs=offered("G722/8000", "not in `sip.codecs`")),
        "the other side has G722/8000; add G722 to `sip.codecs`",
    ),
    (
        "no-codec",
        replace(REFUSED, codecs=offered("iLBC/8000", "this speaker does not have it")),
        "let the other side use PCMU",
    ),
    (
        "no-codec",
        replace(REFUSED, descriptions=Descriptions(offered_here=True)),
        "answered with none that was offered",
    ),
    (
        "no-encryption",
        replace(REFUSED, disagreement=LOCKED, codecs=offered("PCMU/8000", "would do")),
        f"({LOCKED}): compare `media_encryption`",
    ),
    (
        "no-encryption",
        replace(
            REFUSED,
            disagreement=LOCKED,
            codecs=offered("PCMU/8000", AGREED_TOO),
            descriptions=Descriptions(offered_here=True),
        ),
        f"({LOCKED}): compare `media_encryption`",
    ),
    (
        "no-keys",
        like_well(
            NOTHING | {"packets_sent": 0},
            NO_SOUND,
            {"encryption": BY_DTLS},
            end=CallEnd(by=EndedBy.LOCAL, why="the certificate is another one"),
        ),
        "no keys were agreed on by DTLS, so nothing could be sent or heard (the certificate is",
    ),
    ("call-failed", called(404), "does not exist there (404)"),
    ("call-failed", called(408, EndedBy.NETWORK), "nobody answered"),
    (
        "call-failed",
        replace(REFUSED, disagreement="", end=CallEnd(by=EndedBy.LOCAL, code=503, why="no port")),
        "could not take the call: no port",
    ),
    (
        "keys-differ",
        like_well({**NOTHING, "packets_unauthentic": 500}, NO_SOUND),
        "cannot be decrypted (500 of them)",
    ),
    ("keys-differ", like_well({"packets_unauthentic": 30}), "another key"),
    (
        "wrong-source",
        like_well({"heard_from": ROUTER, "packets_foreign": 400, "foreign_source": (PUBLIC, 5000)}),
        "neither from the address in the other side's description (192.168.1.30 port 40000):"
        " 192.168.1.1 port 31000 was heard, 93.184.216.34 port 5000 was turned away",
    ),
    (
        "wrong-codec",
        like_well({**NOTHING, "packets_of_unknown_type": 500}, NO_SOUND),
        "another codec than PCMU",
    ),
    (
        "wrong-codec",
        replace(PAGE, packets=StreamStatistics(packets_of_unknown_type=200)),
        "another codec than `multicast.codec`",
    ),
    (
        "silent-peer",
        replace(PAGE, sound=replace(PAGE.sound, received=level(-90))),
        "arrive but are silent",
    ),
    ("loop", like_well({**NOTHING, "packets_looped": 500}, NO_SOUND), "own packets come back"),
    ("no-rtp", like_well({**NOTHING, "packets_malformed": 90}, NO_SOUND), "no RTP"),
    (
        "nothing-arrives",
        like_well(NOTHING, NO_SOUND),
        "a firewall or router drops them on the way to 192.168.1.20 (UDP port 4000)",
    ),
    (
        "nothing-arrives",
        like_well(NOTHING, NO_SOUND, signalled_from=PUBLIC, here=(PUBLIC, 4000)),
        "the other side told a private address (192.168.1.30 port 40000)",
    ),
    (
        "nothing-arrives",
        like_well(NOTHING, NO_SOUND, {"stated": (PUBLIC, 4000)}, signalled_from=PUBLIC),
        "the speaker told the other side its private address 192.168.1.20",
    ),
    ("fell-silent", like_well(silent_at_end_s=30.0), "nothing had come for 30 s"),
    ("lost", like_well({"packets_lost": 50}), "9% of the packets to the speaker were lost"),
    ("late", like_well({"packets_late": 40, "jitter_ms": 80.0}), "too late to be played"),
    ("silent-peer", like_well(sound={"received": level(-72)}), "microphone is muted"),
    ("silent-peer", like_well(sound=NO_SOUND), "arrive but are silent"),
    ("quiet-peer", like_well(sound={"received": level(-46)}), "very quiet (at most -46 dB"),
    (
        "output-lost",
        like_well(lost_devices=("output: unplugged",)),
        "the loudspeaker's sound device was lost (unplugged)",
    ),
    ("displaced", like_well(sound={"displaced_s": 4.0}), "for 4 s of the call"),
    (
        "loudspeaker-muted",
        like_well(sound={"loudspeaker_muted_s": 10.0, "played": level(-100)}),
        "`audio.output_muted`",
    ),
    (
        "loudspeaker-quiet",
        like_well(sound={"played": level(-52)}),
        "turned down by 40 dB: look at `audio.output_gain_db`",
    ),
    (
        "cannot-keep-up",
        like_well(sound={"underruns": 3, "skipped_ticks": 12}),
        "ran out of sound 3 times, and 120 ms were left out",
    ),
    ("some-breaks", like_well(sound={"underruns": 1}), "1 times"),
    ("nothing-sent", like_well({"packets_sent": 0}), "no way from here to 192.168.1.30"),
    (
        "nothing-reaches-them",
        like_well({"remote_fraction_lost": 1.0, "remote_packets_lost": 490}),
        "nothing arrives any more of the 500 packets that were sent to 192.168.1.30 port 40000",
    ),
    (
        "nothing-reaches-them",
        like_well(
            {"remote_fraction_lost": None, "remote_packets_lost": None, "remote_deaf_reports": 2}
        ),
        "nothing arrives of the 500 packets that were sent to 192.168.1.30 port 40000",
    ),
    ("lost-there", like_well({"remote_packets_lost": 50}), "10% of the packets from the speaker"),
    (
        "input-lost",
        like_well(lost_devices=("input: unplugged",)),
        "the microphone's sound device was lost (unplugged)",
    ),
    (
        "microphone-muted",
        like_well(sound={"microphone_muted_s": 10.0, "sent": level(-100)}),
        "`audio.input_muted`",
    ),
    (
        "microphone-silent",
        like_well(sound={"microphone": level(-80), "sent": level(-80)}),
        "the microphone is silent: it is not plugged in",
    ),
    (
        "microphone-quiet",
        like_well(sound={"sent": level(-55)}, equipment=Equipment(input_gain_db=-40.0)),
        "turned down by 40 dB: look at `audio.input_gain_db`",
    ),
    (
        "microphone-quiet",
        like_well(sound={"microphone": level(-50), "sent": level(-50)}),
        "very quiet (at most -50 dB of full scale): raise it",
    ),
    (
        "microphone-clips",
        like_well(sound={"microphone": level(0, clipped=0.02), "sent": level(0, clipped=0.02)}),
        "clips (2% of the time): lower it in the system's mixer",
    ),
    (
        "microphone-clips",
        like_well(sound={"sent": level(0, clipped=0.03)}),
        "clips (3% of the time): lower `audio.input_gain_db`",
    ),
    (
        "echo-late",
        like_well(sound={"echo_delay_s": 0.62}),
        "hold sound back for 620 ms, and an echo is found up to 400 ms",
    ),
    (
        "one-direction",
        like_well({**NOTHING}, NO_SOUND, {"direction": "sendonly"}),
        "only sound from the speaker was agreed: the other side wants it so",
    ),
    ("held", like_well(agreed={"direction": "inactive"}), "at the end the other side held"),
    (
        "set-so",
        like_well(
            agreed={"direction": "recvonly"}, equipment=Equipment(audio_direction="recvonly")
        ),
        "only sound to the speaker was agreed: `sip.audio_direction` says so",
    ),
    (
        "other-address",
        like_well({"heard_from": ROUTER}),
        "from another address (192.168.1.1 port 31000)",
    ),
    ("others-sent-too", like_well({"packets_foreign": 3}), "3 packets of somebody else"),
    ("others-sent-too", like_well({"control_foreign": 2}), "2 packets of somebody else"),
    ("other-formats-too", like_well({"packets_of_unknown_type": 3}), "3 packets had a format"),
    ("no-loudspeaker", like_well(equipment=Equipment(loudspeaker="null")), "no loudspeaker"),
    ("no-microphone", like_well(equipment=Equipment(microphone="null")), "no microphone"),
]


@pytest.mark.parametrize(("name", "report", "words"), SITUATIONS)
def test_each_rule_finds_its_situation_and_no_other_does(
    name: str, report: CallReport, words: str
) -> None:
    found = judged(report).findings
    assert [each.name for each in found] == [name]
    assert words in found[0].words


def test_every_rule_has_a_situation() -> None:
    assert {name for name, _, _ in SITUATIONS} == {rule.name for rule in RULES}


def test_nothing_is_found_in_a_good_call() -> None:
    report = judged(WELL)
    assert report.findings == ()
    assert report.verdict == ALL_WELL
    assert not report.is_faulty


@pytest.mark.parametrize(("name", "report", "words"), SITUATIONS)
def test_a_finding_is_the_verdict_unless_it_is_a_mere_note(
    name: str, report: CallReport, words: str
) -> None:
    rule = next(each for each in RULES if each.name == name)
    verdict = judged(report).verdict
    assert (words in verdict) == (rule.severity is not Severity.NOTE or name == "set-so")
    if rule.severity is Severity.NOTE:
        assert verdict.startswith(ALL_WELL)


def test_the_most_important_of_several_findings_is_the_verdict() -> None:
    """Faults before doubts before notes, and in the order of the table among themselves."""
    both = like_well(
        {**NOTHING, "packets_of_unknown_type": 500, "packets_sent": 0},
        {**NO_SOUND, "microphone": level(-80), "sent": Level(), "underruns": 1},
    )
    assert [each.name for each in judged(both).findings] == [
        "wrong-codec",
        "nothing-sent",
        "microphone-silent",
        "some-breaks",
    ]


@pytest.mark.parametrize(
    "report",
    [
        like_well(sound={"displaced_s": 0.2}),
        like_well({"packets_lost": 5}),
        like_well({"remote_fraction_lost": None}),
        like_well({"packets_unauthentic": 3}),
        like_well({"packets_received": 1, "packets_unauthentic": 3}),
        like_well({"heard_from": None}),
        PAGE,
    ],
)
def test_what_is_too_little_to_tell_is_not_told(report: CallReport) -> None:
    assert judged(report).verdict == ALL_WELL


def test_a_moment_is_too_short_to_miss_sound_in() -> None:
    report = judged(like_well(NOTHING, {**NO_SOUND, "open_s": 0.5}))
    assert (report.verdict, report.findings) == (TOO_SHORT, ())


def test_echo_that_was_taken_out_is_no_microphone_that_was_turned_down() -> None:
    assert judged(like_well(sound={"sent": level(-55)})).verdict == ALL_WELL


def test_devices_that_are_not_there_are_not_silent() -> None:
    report = like_well(
        sound={"microphone": level(-100), "sent": level(-100)},
        equipment=Equipment(microphone="null"),
    )
    assert [each.name for each in judged(report).findings] == ["no-microphone"]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (called(486, why="Busy Here"), "not answered: busy (486 Busy Here)"),
        (called(487, EndedBy.LOCAL, "calling for too long"), "gave up (calling for too long)"),
        (replace(called(0), way=Way.INCOMING), "not answered: the caller hung up first"),
    ],
)
def test_a_call_that_nobody_took_is_no_fault(report: CallReport, words: str) -> None:
    told = judged(report)
    assert words in told.verdict
    assert not told.is_faulty


def test_the_page_for_installers_names_every_finding() -> None:
    page = (Path(__file__).parents[4] / "docs" / "calls.md").read_text()
    assert [rule.name for rule in RULES if f"`{rule.name}`" not in page] == []


@pytest.mark.parametrize(
    "strays",
    [
        {"packets_unauthentic": 1},
        {"packets_of_unknown_type": 2},
        {"packets_looped": 3},
        {"packets_malformed": 9},
        {"control_foreign": 40, "control_foreign_source": ROUTER},
    ],
)
def test_a_few_strays_do_not_hide_that_nothing_arrives(strays: dict[str, object]) -> None:
    found = judged(like_well(NOTHING | strays, NO_SOUND)).findings
    assert found[0].name == "nothing-arrives"


def test_a_second_sender_is_no_doubt_where_the_announced_one_was_heard() -> None:
    report = judged(like_well({"packets_foreign": 500, "foreign_source": ROUTER}))
    assert [each.name for each in report.findings] == ["others-sent-too"]
    assert report.verdict == ALL_WELL
