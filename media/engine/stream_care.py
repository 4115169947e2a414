"""What streams need besides their sound: keys, RTCP, and to be told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from media.engine.events import (
    EngineEvent,
    KeysAgreed,
    KeysRefused,
    KeysWearOut,
    NamedEventReceived,
    StreamId,
    StreamSaidGoodbye,
    StreamSilent,
)
from media.engine.faults import Failed
from media.engine.stream_voice import StreamVoice

CONTROL_EVERY_TICKS: Final = 5
"""RTCP is looked after every 50 ms, the streams taking turns."""


class StreamCare:
    """Looks after the streams of an engine. `now` is monotonic seconds, `wall` Unix time."""

    def __init__(
        self,
        streams: Mapping[StreamId, StreamVoice],
        tell: Callable[[EngineEvent], None],
        failed: Failed,
    ) -> None:
        """`streams` are those of the moment; one that raises is put into `failed`."""
        self._streams = streams
        self._tell = tell
        self._failed = failed
        self._turn = 0

    def agree_on_keys(self, now: float) -> None:
        """One step of one handshake: however many calls begin at once, a tick stays short."""
        self._turn += 1
        due = []
        for voice in self._streams.values():
            try:
                if voice.core.handshake_is_due(now):
                    due.append(voice)
            except Exception as fault:
                self._failed.setdefault(voice, fault)
        if not due:
            return
        voice = due[self._turn % len(due)]
        try:
            voice.core.advance_handshake(now)
            self._tell_of_keys(voice)
        except Exception as fault:
            self._failed.setdefault(voice, fault)

    def _tell_of_keys(self, voice: StreamVoice) -> None:
        for news in voice.core.take_key_news():
            if news.suite is not None:
                self._tell(KeysAgreed(voice.stream, news.suite.value))
            else:
                self._tell(KeysRefused(voice.stream, news.why))

    def look_after(self, now: float, wall: float) -> None:
        """Tell of keys that were pressed; send and take the RTCP that is due."""
        for number, voice in enumerate(self._streams.values(), self._turn):
            try:
                for packet in voice.core.take_named_events():
                    self._tell(NamedEventReceived(voice.stream, packet))
                if number % CONTROL_EVERY_TICKS:
                    continue
                voice.receive_control()
                voice.send_control(now, wall)
                self._tell_of_keys(voice)
                packets_left = voice.core.take_key_packets_left()
                if packets_left is not None:
                    self._tell(KeysWearOut(voice.stream, packets_left))
                silent_s = voice.new_silence_s(now)
                if silent_s is not None:
                    self._tell(StreamSilent(voice.stream, silent_s))
                if voice.core.peer_said_goodbye and not voice.goodbye_told:
                    voice.goodbye_told = True
                    self._tell(StreamSaidGoodbye(voice.stream))
            except Exception as fault:
                self._failed.setdefault(voice, fault)
