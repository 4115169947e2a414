from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from media.codecs import g711
from media.frame import FRAME_SAMPLES, FloatArray
from media.resampling.whole_factor import delay_s
from media.rtp.packet import RtpPacket
from media.rtp.rtcp import (
    ControlPacket,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    compound,
    middle_32,
    parse_compound,
)
from media.sdp.negotiation import Direction
from media.stream.rtp_stream import RtpStream
from tests.media.streams import (
    LOUD,
    PACKET_S,
    PEER,
    PEER_CONTROL,
    SILENCE,
    SSRC,
    Listener,
    agreed,
    packet,
    payloads_of,
    steady,
    stream,
)
from tests.media.synthetic_voice import voice

OTHER = ("198.51.100.66", 6000)


def heard(
    payloads: list[bytes], *, delays_s: list[float] | None = None, lost: tuple[int, ...] = ()
) -> Listener:
    """A listener after it heard them all."""
    listener = Listener(stream())
    listener.listen(steady(payloads, delays_s=delays_s, lost=lost), 2 * len(payloads) + 10)
    return listener


def alike(played: FloatArray, sent: FloatArray) -> tuple[float, float, int]:
    """Correlation, level in dB, and shift in samples of the best match."""
    products = signal.correlate(played, sent, mode="full", method="fft")
    shift = int(np.argmax(products)) - sent.size + 1
    start = max(shift, 0)
    both = min(played.size - start, sent.size)
    a, b = played[start : start + both], sent[start - shift : start - shift + both]
    level = 10 * np.log10(float(np.dot(a, a)) / float(np.dot(b, b)))
    return float(np.corrcoef(a, b)[0, 1]), level, shift


def test_speech_comes_out_as_it_went_in_soon_after_it_arrived() -> None:
    """Through 8 kHz and µ-law and back, against the ideal band-limited version."""
    low = voice(8000, 3.0)
    ideal = signal.resample_poly(low, 6, 1).astype(np.float32)
    correlation, level_db, shift = alike(heard(payloads_of(low)).sound, ideal)
    assert correlation > 0.99
    assert abs(level_db) < 0.2
    assert shift / 48_000 < 0.020 + delay_s(8000)


def test_our_speech_comes_back_from_what_is_sent() -> None:
    sound = voice(48_000, 2.0)
    ours, theirs = stream(), Listener(stream())
    arrivals = []
    for number in range(sound.size // FRAME_SAMPLES):
        frame = sound[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
        for data, to in ours.capture(frame, number / 100):
            assert to == PEER
            arrivals.append((number / 100, data))
    theirs.listen(arrivals, 210)
    band = signal.firwin(1001, 3600, fs=48_000)
    ideal = np.convolve(sound, band, mode="same").astype(np.float32)
    correlation, level_db, _ = alike(theirs.sound, ideal)
    assert correlation > 0.98
    assert abs(level_db) < 0.2


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
def test_packets_of_every_length_play_without_a_gap(ptime_ms: int) -> None:
    samples = 8 * ptime_ms
    payloads = payloads_of(voice(8000, 1.2, pauses=False), samples)
    arrivals = [
        (n * ptime_ms / 1000, packet(n, payload, samples=samples))
        for n, payload in enumerate(payloads)
    ]
    listener = Listener(stream())
    listener.listen(arrivals, 118)
    first = listener.first_heard
    assert first is not None
    assert first <= 2
    assert all(frame is not None for frame in listener.heard[first:])
    assert listener.core.statistics.concealed_ms == 0


def test_nothing_is_played_before_anything_came_and_after_all_has_faded() -> None:
    listener = Listener(stream())
    listener.listen([], 3)
    listener.listen(steady([LOUD] * 10), 40)
    assert listener.heard[:3] == [None, None, None]
    assert listener.heard[-1] is None
    last = next(frame for frame in reversed(listener.heard) if frame is not None)
    assert np.abs(last[-10:]).max() < 1e-3
    first = next(frame for frame in listener.heard if frame is not None)
    assert np.abs(first[:10]).max() < 1e-2


def test_losses_lateness_and_doubles_never_click() -> None:
    sound = voice(8000, 4.0)
    payloads = payloads_of(sound)
    rng = np.random.default_rng(7)
    delays = np.where(rng.random(len(payloads)) < 0.1, 0.05 * rng.random(len(payloads)), 0.0)
    lost = tuple(int(n) for n in np.flatnonzero(rng.random(len(payloads)) < 0.05))
    listener = heard(payloads, delays_s=list(delays), lost=lost)
    clean = heard(payloads)
    assert listener.core.statistics.concealed_ms > 100
    largest = np.abs(np.diff(clean.sound)).max()
    assert np.abs(np.diff(listener.sound)).max() < 1.5 * largest


@pytest.mark.parametrize("ppm", [200, -200, 1000, -1000])
def test_a_drifting_clock_of_the_sender_does_not_add_up(ppm: int) -> None:
    """A minute of speech with pauses: the delay stays where it was, and nothing is concealed."""
    payloads = payloads_of(voice(8000, 6.0)) * 10
    arrivals = [(at * (1 - ppm * 1e-6), data) for at, data in steady(payloads)]
    listener = Listener(stream())
    listener.listen(arrivals, int(6000 * (1 - ppm * 1e-6)) - 20)
    statistics = listener.core.statistics
    assert 0.0 <= statistics.playout_delay_ms <= 30
    assert statistics.concealed_ms <= 20
    assert statistics.packets_skipped == statistics.packets_late == 0


def test_delay_that_is_no_longer_needed_is_given_back_even_while_somebody_speaks() -> None:
    payloads = payloads_of(voice(8000, 6.0, pauses=False)) * 4
    listener = Listener(stream())
    arrivals = [(max(at, 1.0), data) for at, data in steady(payloads)]
    listener.listen(arrivals[25:], 150)
    worst = listener.core.statistics.playout_delay_ms
    listener.listen([(at - 1.5, data) for at, data in arrivals if at >= 1.5], 2200)
    assert worst > 100
    assert listener.core.statistics.playout_delay_ms <= 60


def test_frequent_lateness_makes_room_within_a_second_even_while_somebody_speaks() -> None:
    payloads = payloads_of(voice(8000, 4.0, pauses=False))
    delays = [0.045 if n % 5 == 2 else 0.0 for n in range(len(payloads))]
    listener = heard(payloads, delays_s=delays)
    assert listener.core.statistics.packets_late <= 3
    assert listener.core.statistics.playout_delay_ms < 80


def test_a_change_between_the_two_laws_is_not_heard() -> None:
    """RFC 3264 §6.1: any agreed payload type may come at any time."""
    time = np.arange(8000) / 8000
    tone = (np.minimum(10 * time, 0.5) * np.sin(2 * np.pi * 300 * time)).astype(np.float32)
    encoders = (g711.PCMU.encoder(""), g711.PCMA.encoder(""))
    arrivals = []
    for number in range(50):
        law = number // 10 % 2
        payload = encoders[law].encode(tone[number * 160 : (number + 1) * 160])
        arrivals.append((number * PACKET_S, packet(number, payload, payload_type=8 * law)))
    listener = Listener(stream())
    listener.listen(arrivals, 95)
    steps = np.abs(np.diff(listener.sound))
    assert steps.max() < 1.5 * 2 * np.pi * 300 / 48_000 * 0.5


def test_on_hold_nothing_plays_after_one_fading_frame_and_resuming_works() -> None:
    listener = Listener(stream())
    listener.listen(steady([LOUD] * 10), 15)
    listener.core.update(agreed(direction=Direction.SENDONLY), listener.now)
    listener.listen(steady([LOUD] * 10), 12)
    fading, *rest = listener.heard[15:]
    assert fading is not None
    assert abs(fading[-1]) < 1e-6
    assert rest == [None] * 11
    listener.core.update(agreed(), listener.now)
    listener.listen([(n * PACKET_S, packet(100 + n, LOUD)) for n in range(10)], 15)
    assert listener.heard[-1] is not None


def test_another_ssrc_is_followed_from_its_second_packet_on_and_loses_none() -> None:
    """RFC 3550 §8.2, A.1."""
    listener = Listener(stream())
    listener.listen(steady([LOUD] * 10), 19)
    arrivals = [(n * PACKET_S, packet(n, LOUD, ssrc=77, first_sequence=9000)) for n in range(10)]
    listener.listen(arrivals, 25)
    statistics = listener.core.statistics
    assert statistics.source_changes == 1
    assert statistics.packets_received == 20
    assert statistics.packets_late == statistics.packets_lost == 0
    assert statistics.packets_doubled == 0
    assert listener.heard[-10] is not None


def test_a_single_packet_of_another_ssrc_changes_nothing() -> None:
    listener = Listener(stream())
    listener.listen([*steady([LOUD] * 20), (0.1, packet(0, LOUD, ssrc=77))], 40)
    assert listener.core.statistics.source_changes == 0
    assert listener.core.statistics.concealed_ms == 0


def test_numbers_that_start_again_are_believed_at_the_second_packet() -> None:
    """RFC 3550 A.1: a source that restarted without a new SSRC."""
    listener = Listener(stream())
    listener.listen([(n * PACKET_S, packet(n, LOUD, first_sequence=20_000)) for n in range(10)], 20)
    listener.listen([(n * PACKET_S, packet(n, LOUD, first_timestamp=5)) for n in range(10)], 20)
    assert listener.core.statistics.source_changes == 1
    assert listener.heard[-3] is not None


def test_the_numbers_of_the_peer_may_wrap() -> None:
    listener = Listener(stream())
    arrivals = [
        (n * PACKET_S, packet(n, LOUD, first_sequence=0xFFFB, first_timestamp=0xFFFF_FE00))
        for n in range(20)
    ]
    listener.listen(arrivals, 38)
    assert listener.core.statistics.concealed_ms == 0
    assert listener.core.statistics.packets_lost == 0


@pytest.mark.parametrize(
    ("payload_type", "payload"),
    [(13, b""), (13, bytes(34)), (0, b""), (0, bytes(1601)), (96, bytes(160))],
)
def test_packets_of_unknown_types_are_counted_and_not_played(
    payload_type: int, payload: bytes
) -> None:
    listener = Listener(stream())
    strange = (0.021, packet(1, payload, payload_type=payload_type))
    listener.listen([*steady([LOUD] * 10, lost=(1,)), strange], 20)
    statistics = listener.core.statistics
    assert statistics.packets_of_unknown_type == 1
    assert statistics.packets_lost == 0


def test_named_events_are_handed_on_and_make_no_sound() -> None:
    """RFC 4733."""
    ours = stream()
    for number in range(3):
        data = packet(
            number, b"\x05\x0a\0\xa0", payload_type=101, samples=0, first_timestamp=800,
            marker=number == 0,
        )  # fmt: skip
        ours.receive(data, PEER, 1.0 + number / 50)
    events = ours.take_named_events()
    assert [(e.payload_type, e.payload, e.rtp_timestamp, e.marker) for e in events] == [
        (101, b"\x05\x0a\0\xa0", 800, number == 0) for number in range(3)
    ]
    assert ours.take_named_events() == []
    assert ours.play(1.1) is None
    assert ours.statistics.jitter_ms == 0.0


def test_named_events_that_nobody_takes_are_bounded() -> None:
    ours = stream()
    for number in range(1000):
        ours.receive(packet(number, b"\x05\x0a\0\xa0", payload_type=101), PEER, 1.0)
    assert len(ours.take_named_events()) <= 128


def test_our_sound_goes_to_where_the_peers_comes_from() -> None:
    """RFC 4961, symmetric RTP."""
    ours = stream()
    ours.receive(packet(0, LOUD), OTHER, 1.0)
    sent = [to for _ in range(2) for _, to in ours.capture(SILENCE, 1.0)]
    assert sent == [OTHER]


def test_a_foreign_source_does_not_enter_a_running_call() -> None:
    listener = Listener(stream())
    listener.listen(steady([LOUD] * 10), 10)
    listener.core.receive(packet(10, bytes(160)), OTHER, listener.now)
    assert listener.core.statistics.packets_foreign == 1
    assert [to for _ in range(2) for _, to in listener.core.capture(SILENCE, 0.0)] == [PEER]


def test_garbage_does_not_decide_where_our_sound_goes() -> None:
    ours = stream()
    for data in (b"", b"garbage", packet(0, b"x", payload_type=99)):
        ours.receive(data, OTHER, 1.0)
    assert [to for _ in range(2) for _, to in ours.capture(SILENCE, 1.0)] == [PEER]
    assert ours.heard_at is None


def test_nothing_is_sent_to_nowhere_on_an_old_style_hold_and_the_way_is_kept() -> None:
    """RFC 3264 §8.4."""
    ours = stream()
    ours.receive(packet(0, LOUD), OTHER, 1.0)
    ours.control(1.0, 1e9)
    held = agreed(
        direction=Direction.RECVONLY, remote=("0.0.0.0", 4000), remote_control=("0.0.0.0", 4001)
    )
    ours.update(held, 1.0)
    assert not [out for n in range(10) for out in ours.capture(SILENCE, 1.0 + n / 100)]
    assert ours.control(20.0, 1e9) == []
    ours.update(agreed(), 2.0)
    assert [to for _ in range(2) for _, to in ours.capture(SILENCE, 2.0)] == [OTHER]


def reports_of(ours: RtpStream, until: float) -> list[tuple[float, tuple[ControlPacket, ...]]]:
    """All RTCP that is sent, with its time."""
    sent = []
    for tick in range(round(until * 100)):
        for data, to in ours.control(tick / 100, 1e9 + tick / 100):
            assert to == PEER_CONTROL
            sent.append((tick / 100, parse_compound(data)))
    return sent


def test_who_only_listens_sends_receiver_reports_with_a_name_about_every_5_s() -> None:
    """RFC 3550 §6.1, §6.3."""
    sent = reports_of(stream(), 60.0)
    gaps = np.diff([at for at, _ in sent])
    assert all(2.0 < gap < 6.3 for gap in gaps)
    assert 3.5 < gaps.mean() < 6.0
    for _, (report, names) in sent:
        assert report == ReceiverReport(ssrc=0xAAAA_5555)
        assert names == SourceDescription.with_cname(0xAAAA_5555, "speaker@example.org")


def test_who_sends_reports_how_much_and_how_it_receives() -> None:
    """RFC 3550 §6.4.1."""
    ours = stream()
    for number in range(100):
        if number != 50:
            ours.receive(packet(number, LOUD), PEER, number * PACKET_S)
    for number in range(200):
        ours.capture(SILENCE, number / 100)
    ((_, (report, _)), *_) = reports_of(ours, 4.0)
    assert isinstance(report, SenderReport)
    assert (report.packets, report.octets) == (100, 16_000)
    (block,) = report.reports
    assert (block.ssrc, block.packets_lost, block.highest_sequence) == (SSRC, 1, 99)


def answer_to(report: object, delay_since_last_sr: int = 65536) -> bytes:
    """The peer's report on ours: a quarter lost, 10 ms of jitter."""
    assert isinstance(report, SenderReport)
    block = ReportBlock(
        ssrc=report.ssrc,
        fraction_lost=64,
        packets_lost=5,
        highest_sequence=0,
        jitter=80,
        last_sr=middle_32(report.ntp),
        delay_since_last_sr=delay_since_last_sr,
    )
    return compound((ReceiverReport(ssrc=SSRC, reports=(block,)),))


def test_the_round_trip_is_found_from_the_peers_report_on_ours() -> None:
    """RFC 3550 §6.4.1: A − LSR − DLSR."""
    ours = stream()
    for number in range(2):
        ours.capture(SILENCE, number / 100)
    ((at, (report, _)), *_) = reports_of(ours, 4.0)
    ours.receive_control(answer_to(report), PEER_CONTROL, at + 1.0 + 0.080)
    statistics = ours.statistics
    assert statistics.round_trip_ms == pytest.approx(80.0)
    assert statistics.remote_fraction_lost == 0.25
    assert statistics.remote_packets_lost == 5
    assert statistics.remote_jitter_ms == 10.0
    assert ours.heard_at == at + 1.08


def test_a_round_trip_that_cannot_be_is_not_believed() -> None:
    ours = stream()
    for number in range(2):
        ours.capture(SILENCE, number / 100)
    ((at, (report, _)), *_) = reports_of(ours, 4.0)
    ours.receive_control(answer_to(report, delay_since_last_sr=0), PEER_CONTROL, at + 60.0)
    assert ours.statistics.round_trip_ms is None


def test_a_report_on_something_we_never_sent_tells_no_round_trip() -> None:
    ours = stream()
    block = ReportBlock(
        ssrc=0xAAAA_5555, fraction_lost=0, packets_lost=0, highest_sequence=0, jitter=0, last_sr=7
    )
    ours.receive_control(compound((ReceiverReport(ssrc=1, reports=(block,)),)), PEER_CONTROL, 1.0)
    assert ours.statistics.round_trip_ms is None


def test_the_delay_since_the_peers_last_report_is_told() -> None:
    """RFC 3550 §6.4.1: LSR and DLSR."""
    ours = stream()
    ours.receive(packet(0, LOUD), PEER, 0.0)
    theirs = SenderReport(
        ssrc=SSRC, ntp=0x1122_3344_5566_7788, rtp_timestamp=0, packets=1, octets=1
    )
    ours.receive_control(compound((theirs,)), PEER_CONTROL, 0.5)
    ((at, (report, _)), *_) = reports_of(ours, 4.0)
    assert isinstance(report, ReceiverReport)
    (block,) = report.reports
    assert block.last_sr == 0x3344_5566
    assert block.delay_since_last_sr / 65536 == pytest.approx(at - 0.5, abs=1e-4)


@pytest.mark.parametrize("port", ["rtp", "rtcp"])
def test_the_peers_goodbye_is_told_until_it_sends_sound_again(port: str) -> None:
    """RFC 3550 §6.6; on the RTP port too, RFC 5761."""
    ours = stream()
    ours.receive(packet(0, LOUD), PEER, 0.0)
    bye = compound((ReceiverReport(ssrc=SSRC), Goodbye(ssrcs=(SSRC,))))
    if port == "rtp":
        ours.receive(bye, PEER, 0.1)
    else:
        ours.receive_control(bye, PEER_CONTROL, 0.1)
    assert ours.peer_said_goodbye
    ours.receive(packet(1, LOUD), PEER, 0.2)
    assert not ours.peer_said_goodbye


def test_a_strangers_goodbye_means_nothing() -> None:
    ours = stream()
    ours.receive(packet(0, LOUD), PEER, 0.0)
    ours.receive_control(compound((ReceiverReport(ssrc=1), Goodbye(ssrcs=(SSRC,)))), OTHER, 0.1)
    ours.receive_control(compound((ReceiverReport(ssrc=1), Goodbye(ssrcs=(1,)))), PEER_CONTROL, 0.1)
    assert not ours.peer_said_goodbye
    assert (ours.statistics.control_foreign, ours.statistics.packets_foreign) == (1, 0)


def test_we_say_goodbye_if_the_peer_can_know_of_us() -> None:
    """RFC 3550 §6.3.7."""
    ours = stream()
    assert ours.goodbye(0.0, 1e9) == []
    for number in range(2):
        ours.capture(SILENCE, number / 100)
    ((data, to),) = ours.goodbye(1.0, 1e9)
    assert to == PEER_CONTROL
    assert parse_compound(data)[-1] == Goodbye(ssrcs=(0xAAAA_5555,))


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("rtp"), st.binary(max_size=60)),
            st.tuples(st.just("rtcp"), st.binary(max_size=60)),
            st.tuples(
                st.just("rtp"),
                st.builds(
                    lambda number, stamp, ssrc, kind, payload: bytes(
                        RtpPacket(
                            payload_type=kind,
                            sequence=number,
                            timestamp=stamp,
                            ssrc=ssrc,
                            payload=payload,
                        )
                    ),
                    st.integers(0, 65535),
                    st.integers(0, 2**32 - 1),
                    st.integers(0, 2),
                    st.sampled_from([0, 8, 13, 101]),
                    st.sampled_from([b"", b"\0", bytes(80), bytes(160), bytes(1600)]),
                ),
            ),
            st.tuples(st.just("hold"), st.just(b"")),
            st.tuples(st.just("resume"), st.just(b"")),
        ),
        max_size=40,
    )
)
def test_nothing_that_comes_in_ever_raises_or_spoils_the_sound(
    events: list[tuple[str, bytes]],
) -> None:
    ours = stream()
    for number, (kind, data) in enumerate(events):
        now = number / 100
        if kind == "rtp":
            ours.receive(data, PEER, now)
        elif kind == "rtcp":
            ours.receive_control(data, PEER_CONTROL, now)
        else:
            way = Direction.INACTIVE if kind == "hold" else Direction.SENDRECV
            ours.update(agreed(direction=way), now)
        frame = ours.play(now)
        assert frame is None or (frame.shape == (FRAME_SAMPLES,) and np.abs(frame).max() < 2)
        ours.capture(SILENCE, now)
        ours.control(now, 1e9 + now)
