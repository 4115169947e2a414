"""What is found out about calls by packets that came and went: no figure here is made up.

A phone and the device meet in memory, with the streams, the engine and the reporter of a real call;
each test does one thing to what is between them.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from media.engine.arbiter import Pause, Placement
from media.engine.commands import PlayClip, SetGains, ShapeMicrophone
from media.engine.events import ClipId
from media.frame import FloatArray, silence
from media.microphone.near_end import EchoCancellation
from media.rtp.packet import looks_like_rtcp
from media.rtp.rtcp import ReceiverReport, compound
from media.sdp.agreement import KeyExchange
from media.security.dtls_handshake import looks_like_dtls
from media.security.dtls_identity import DtlsIdentity
from speaker.reports.call_report import CallReport
from speaker.reports.verdict.table import ALL_WELL
from tests.media.streams import packet
from tests.speaker.memory_network import Place
from tests.speaker.secure_calls import offer_of, phone_can, speaker_calls, stage_with
from tests.speaker.stage import Room, Stage

STRANGER = ("192.0.2.99", 7000)
DEVICE = ("192.0.2.2", 4000)
PHONE = ("192.0.2.1", 6000)
DEVICE_CONTROL = ("192.0.2.2", 4001)


def ended(stage: Stage) -> CallReport:
    """The report on the call, which the phone ends."""
    stage.phone.hang_up()
    stage.run(0.1)
    return stage.reports[-1]


def names(report: CallReport) -> list[str]:
    return [each.name for each in report.findings]


def test_a_strangers_reports_do_not_hide_that_nothing_arrives() -> None:
    stage = Stage()
    stage.offer = stage.offer.replace(b"a=rtcp-mux\r\n", b"")
    stage.speaks = False
    stage.call()
    report = compound([ReceiverReport(ssrc=9)])
    for _ in range(20):
        stage.network.carry(report, STRANGER, DEVICE_CONTROL)
        stage.network.carry(report, STRANGER, DEVICE)
        stage.run(0.1)
    told = ended(stage)
    assert names(told) == ["nothing-arrives", "others-sent-too"]
    assert told.packets.control_foreign == 40
    assert told.packets.control_foreign_source == STRANGER


def test_of_two_that_send_and_were_not_announced_it_is_told_which_was_heard() -> None:
    stage = Stage()
    stage.offer = stage.offer.replace(b"m=audio 6000", b"m=audio 6100")
    stage.call()
    for number in range(100):
        stage.network.carry(packet(number, ssrc=9), STRANGER, DEVICE)
        stage.run(0.02)
    told = ended(stage)
    assert names(told) == ["wrong-source"]
    assert told.packets.packets_foreign > 90
    assert "192.0.2.1 port 6000 was heard, 192.0.2.99 port 7000 was turned away" in told.verdict


def test_a_stranger_beside_a_peer_that_is_where_it_said_is_only_noted() -> None:
    stage = Stage()
    stage.call()
    for number in range(100):
        stage.network.carry(packet(number, ssrc=9), STRANGER, DEVICE)
        stage.run(0.02)
    told = ended(stage)
    assert (names(told), told.verdict) == (["others-sent-too"], ALL_WELL)


def is_sound(data: bytes) -> bool:
    return not looks_like_rtcp(data) and not looks_like_dtls(data)


class Way:
    """Between phone and device: something happens to the sound in one direction."""

    def __init__(self, to: Place) -> None:
        self._to = to
        self._number = 0

    def __call__(self, data: bytes, source: Place, to: Place) -> Iterable[tuple[float, bytes]]:
        if to != self._to or not is_sound(data):
            return [(0.0, data)]
        self._number += 1
        return self.changed(data, self._number)

    def changed(self, data: bytes, number: int) -> Iterable[tuple[float, bytes]]:
        raise NotImplementedError


class Losing(Way):
    """Every so-manieth packet is lost, after the first few."""

    def __init__(self, to: Place, every: int, first: int = 1) -> None:
        super().__init__(to)
        self._every, self._first = every, first

    def changed(self, data: bytes, number: int) -> Iterable[tuple[float, bytes]]:
        is_lost = number >= self._first and number % self._every == 0
        return [] if is_lost else [(0.0, data)]


class Delaying(Way):
    """Every so-manieth packet comes later than any buffer waits."""

    def changed(self, data: bytes, number: int) -> Iterable[tuple[float, bytes]]:
        return [(1.5 if number % 10 == 0 else 0.0, data)]


def talked(stage: Stage, seconds: float = 3.0) -> CallReport:
    stage.call()
    stage.run(seconds)
    return ended(stage)


# What comes


def test_keys_that_differ_are_found() -> None:
    stage = stage_with("mandatory", "sdes")
    stage.phone.call(stage.pair.bob, offer_of(stage, phone_can(KeyExchange.SDES)))
    stage.offer = offer_of(stage, phone_can(KeyExchange.SDES, renewed=True))
    stage.run(3.0)
    report = ended(stage)
    assert names(report) == ["keys-differ"]
    assert "cannot be decrypted (1" in report.verdict


def test_keys_that_nobody_agrees_on_are_found() -> None:
    stage = stage_with("mandatory", "dtls")
    stage.network.way = lambda data, source, to: [] if looks_like_dtls(data) else [(0.0, data)]
    stage.offer = offer_of(stage, phone_can(KeyExchange.DTLS))
    report = talked(stage)
    assert names(report) == ["no-keys"]
    assert report.packets.packets_sent == 0


def test_a_certificate_of_somebody_else_is_found() -> None:
    stage = stage_with("mandatory", "dtls")
    speaker_calls(stage, KeyExchange.DTLS, DtlsIdentity())
    stage.run(1.0)
    (report,) = stage.reports
    assert names(report) == ["no-keys"]
    assert "fingerprint" in report.verdict


def test_a_loop_is_found() -> None:
    stage = Stage()
    stage.speaks = False

    def mirror(data: bytes, source: Place, to: Place) -> Iterable[tuple[float, bytes]]:
        if source == DEVICE and is_sound(data):
            stage.network.carry(data, PHONE, DEVICE)
        return [(0.0, data)]

    stage.network.way = mirror
    assert names(talked(stage)) == ["loop"]


def test_another_program_on_the_port_is_found() -> None:
    stage = Stage()
    stage.speaks = False
    stage.call()
    for _ in range(100):
        stage.network.carry(b"M-SEARCH * HTTP/1.1", STRANGER, DEVICE)
        stage.run(0.03)
    assert names(ended(stage)) == ["no-rtp"]


@pytest.mark.parametrize(("every", "found"), [(10, ["lost"]), (100, [])])
def test_loss_on_the_way_here_is_found(every: int, found: list[str]) -> None:
    stage = Stage()
    stage.network.way = Losing(DEVICE, every)
    report = talked(stage)
    assert names(report) == found
    assert report.packets.packets_lost == pytest.approx(150 / every, abs=2)


def test_packets_that_come_too_late_are_found_and_are_not_told_as_lost() -> None:
    stage = Stage()
    stage.network.way = Delaying(DEVICE)
    report = talked(stage, 8.0)
    assert names(report)[0] == "late"
    assert report.packets.packets_late > 20


# What goes


@pytest.mark.parametrize(("every", "found"), [(5, ["lost-there"]), (100, [])])
def test_loss_on_the_way_there_is_found(every: int, found: list[str]) -> None:
    stage = Stage()
    stage.sends_reports = True
    stage.network.way = Losing(PHONE, every)
    report = talked(stage, 12.0)
    assert report.packets.remote_fraction_lost is not None
    assert names(report) == found


@pytest.mark.parametrize("first", [1, 100])
def test_a_way_there_that_is_closed_from_the_start_or_later_is_found(first: int) -> None:
    stage = Stage()
    stage.sends_reports = True
    stage.network.way = Losing(PHONE, 1, first)
    assert names(talked(stage, 25.0)) == ["nothing-reaches-them"]


def test_a_phone_that_sends_no_reports_is_not_taken_for_one_that_hears_nothing() -> None:
    stage = Stage()
    stage.network.way = Losing(PHONE, 1)
    assert names(talked(stage, 12.0)) == []


class Silence:
    """A microphone that is not plugged in."""

    def frame(self) -> FloatArray:
        return silence()


def test_a_microphone_without_sound_is_found() -> None:
    stage = Stage()
    stage.room.voice = Silence()
    assert names(talked(stage)) == ["microphone-silent"]


@pytest.mark.parametrize("gains", [SetGains(input_muted=True), SetGains(input_enabled=False)])
def test_a_microphone_that_a_setting_mutes_is_found(gains: SetGains) -> None:
    stage = Stage()
    stage.submit(gains)
    assert names(talked(stage)) == ["microphone-muted"]


# What was agreed, and what came in between


@pytest.mark.parametrize("direction", [b"sendonly", b"inactive"])
def test_a_hold_at_the_end_is_found(direction: bytes) -> None:
    stage = Stage()
    stage.call()
    stage.run(2.0)
    stage.phone.reinvite(stage.offer.replace(b"a=sendrecv", b"a=" + direction))
    stage.run(2.0)
    report = ended(stage)
    assert (names(report), report.verdict) == (["held"], ALL_WELL)


def test_a_page_amid_a_call_is_found() -> None:
    stage = Stage()
    stage.call()
    stage.run(1.0)
    page = Placement(priority=501, treatment=Pause())
    stage.submit(PlayClip(ClipId("page"), silence(2 * 48_000), placement=page))
    stage.run(3.0)
    report = ended(stage)
    assert names(report) == ["displaced"]
    assert "for 2 s of the call" in report.verdict


class SlowRoom(Room):
    """A loudspeaker by way of a server that holds sound back."""

    @property
    def delay_s(self) -> float:
        return 0.35  # it is the microphone as well


def test_an_echo_that_comes_too_late_to_be_found_is_told() -> None:
    stage = Stage(room=SlowRoom())
    stage.submit(ShapeMicrophone(echo_cancellation=EchoCancellation.AUTO))
    report = talked(stage, 4.0)
    assert names(report) == ["echo-late"]
    assert "hold sound back for 700 ms" in report.verdict
