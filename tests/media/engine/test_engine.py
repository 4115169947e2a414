"""The engine's thread. The rules are tested in test_engine_core; here real time passes."""

import dataclasses
import queue
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from media.devices.device import SoundDeviceError
from media.devices.null import NullInput, NullOutput
from media.devices.sound_uri import SoundUriError
from media.engine import engine as engine_module
from media.engine.commands import ENDLESSLY, EngineCommand, PlayClip, SetGains, StartStream
from media.engine.engine import WAITING_COMMANDS, Engine, EngineNotRunning, EngineOverloaded
from media.engine.events import ClipEnd, ClipFinished, ClipId, ClipStarted, EngineEvent, StreamId
from media.errors import MisuseError
from media.frame import FRAME_SAMPLES, FloatArray
from media.rtp.packet import RtpPacket
from tests.media.streams import FIRST_TIMESTAMP, stream
from tests.media.wire import WirePath

CLIP = ClipId("clip")
LONG_ENOUGH_S = 10.0


def sound(frames: int) -> FloatArray:
    return np.full(frames * FRAME_SAMPLES, 0.5, dtype=np.float32)


def test_a_clip_is_played_into_the_file_and_told_of_on_the_engines_thread(tmp_path: Path) -> None:
    events: queue.Queue[tuple[EngineEvent, str]] = queue.Queue()
    engine = Engine(
        f"wav:{tmp_path / 'out.wav'}",
        "null",
        on_event=lambda event: events.put((event, threading.current_thread().name)),
    )
    engine.start()
    engine.submit(PlayClip(CLIP, sound(5)))
    assert events.get(timeout=LONG_ENOUGH_S) == (ClipStarted(CLIP), "sound engine")
    assert events.get(timeout=LONG_ENOUGH_S)[0] == ClipFinished(CLIP, ClipEnd.PLAYED)
    engine.stop()
    with wave.open(str(tmp_path / "out.wav")) as file:
        played = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert np.count_nonzero(played) == pytest.approx(5 * FRAME_SAMPLES, abs=5)
    figures = engine.figures()
    assert figures.ticks >= 6
    assert figures.lateness_p50_ms <= figures.lateness_p99_ms <= figures.lateness_max_ms
    assert 0 < figures.busy_fraction < 1


def test_stopping_ends_what_plays_carries_out_what_waits_and_can_be_repeated() -> None:
    events: list[EngineEvent] = []
    engine = Engine("null", "null", on_event=events.append)
    engine.start()
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    engine.submit(PlayClip(CLIP, sound(5), repeat=ENDLESSLY))
    engine.submit(StartStream(StreamId("call"), rtp, rtcp, stream()))
    engine.stop()
    engine.stop()
    assert ClipFinished(CLIP, ClipEnd.STOPPED) in events
    assert rtp.is_closed
    assert rtcp.is_closed
    with pytest.raises(EngineNotRunning, match="SetGains"):
        engine.submit(SetGains())


def test_an_engine_that_was_not_started_takes_nothing_and_can_be_stopped() -> None:
    engine = Engine("null", "null", on_event=lambda _: None)
    with pytest.raises(EngineNotRunning):
        engine.submit(SetGains())
    engine.stop()


def test_the_engine_starts_once() -> None:
    engine = Engine("null", "null", on_event=lambda _: None)
    engine.start()
    with pytest.raises(MisuseError):
        engine.start()
    engine.stop()


def test_more_commands_than_may_wait_are_refused_without_blocking() -> None:
    told, go_on = threading.Event(), threading.Event()

    def hold_the_engine(_: EngineEvent) -> None:
        told.set()
        go_on.wait(LONG_ENOUGH_S)

    engine = Engine("null", "null", on_event=hold_the_engine)
    engine.start()
    engine.submit(PlayClip(CLIP, sound(5)))
    assert told.wait(LONG_ENOUGH_S)
    command: EngineCommand = SetGains()
    for _ in range(WAITING_COMMANDS):
        engine.submit(command)
    with pytest.raises(EngineOverloaded, match=str(WAITING_COMMANDS)):
        engine.submit(command)
    go_on.set()
    engine.stop()


def test_a_device_that_cannot_be_opened_fails_the_start_in_one_sentence(tmp_path: Path) -> None:
    wrong = Engine(f"wav:{tmp_path / 'out.wav'}", "wav:/missing.wav", on_event=lambda _: None)
    with pytest.raises(SoundDeviceError, match=r"input /missing\.wav: no such file"):
        wrong.start()


def test_time_that_the_engine_was_held_up_is_a_pause_to_the_peer() -> None:
    finished = threading.Event()

    def hold_up_the_engine(event: EngineEvent) -> None:
        if isinstance(event, ClipStarted):
            time.sleep(0.1)
        elif isinstance(event, ClipFinished):
            finished.set()

    engine = Engine("null", "null", on_event=hold_up_the_engine)
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    engine.start()
    engine.submit(StartStream(StreamId("call"), rtp, rtcp, stream()))
    engine.submit(PlayClip(CLIP, sound(10)))
    assert finished.wait(LONG_ENOUGH_S)
    engine.stop()
    skipped = engine.figures().skipped_ticks
    last = RtpPacket.parse(rtp.sent[-1][0])
    elapsed = (last.timestamp - FIRST_TIMESTAMP) % 2**32
    paused = elapsed - 160 * (len(rtp.sent) - 1)
    assert 80 * 6 <= paused <= 80 * skipped  # some may lie before the stream
    assert paused % 80 == 0


def test_a_wrong_uri_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(SoundUriError, match="'nul' is none of"):
        Engine("nul", "null", on_event=lambda _: None)


def test_figures_are_a_value() -> None:
    engine = Engine("null", "null", on_event=lambda _: None)
    assert dataclasses.asdict(engine.figures())["ticks"] == 0


def test_a_fault_is_told_once_and_sound_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook is where Python tells of any thread's fault."""
    faults: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    finished: queue.Queue[EngineEvent] = queue.Queue()

    def stumble_at_the_start(event: EngineEvent) -> None:
        if isinstance(event, ClipStarted):
            raise ZeroDivisionError
        finished.put(event)

    engine = Engine("null", "null", on_event=stumble_at_the_start)
    engine.start()
    engine.submit(PlayClip(CLIP, sound(2)))
    assert finished.get(timeout=LONG_ENOUGH_S) == ClipFinished(CLIP, ClipEnd.PLAYED)
    engine.submit(PlayClip(CLIP, sound(2)))
    assert finished.get(timeout=LONG_ENOUGH_S) == ClipFinished(CLIP, ClipEnd.PLAYED)
    engine.stop()
    assert [fault.exc_type for fault in faults] == [ZeroDivisionError], "not told, or told again"


def test_a_device_that_cannot_be_closed_keeps_no_other_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = []

    class Stuck(NullOutput):
        def close(self) -> None:
            closed.append("output")
            raise ZeroDivisionError

    class Microphone(NullInput):
        def close(self) -> None:
            closed.append("input")

    faults: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    monkeypatch.setattr(engine_module, "output_device", lambda _: Stuck())
    monkeypatch.setattr(engine_module, "input_device", lambda _: Microphone())
    engine = Engine("null", "null", on_event=lambda _: None)
    engine.start()
    engine.stop()
    assert closed == ["output", "input"]
    assert [fault.exc_type for fault in faults] == [ZeroDivisionError]


def test_a_fault_of_who_is_told_keeps_no_path_open_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(event: EngineEvent) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    engine = Engine("null", "null", on_event=stumble)
    engine.start()
    paths = [WirePath(("192.0.2.1", port)) for port in range(4000, 4004)]
    for number in (0, 2):
        rtp, rtcp = paths[number : number + 2]
        engine.submit(StartStream(StreamId(str(number)), rtp, rtcp, stream()))
    engine.stop()
    assert all(path.is_closed for path in paths)
