"""An engine that plays to a card, for tests with real ones."""

import queue

from media.clips.clip import load_clip
from media.engine.commands import PlayClip
from media.engine.engine import Engine
from media.engine.events import ClipFinished, ClipId, EngineEvent
from tests.interop.speech import Sentence

EVENT_LIMIT_S = 20.0


class Played:
    """An engine, and the events it has told."""

    def __init__(self, output: str, input_: str) -> None:
        self._events: queue.Queue[EngineEvent] = queue.Queue()
        self.engine = Engine(output, input_, on_event=self._events.put)
        self.engine.start()

    def wait_for(self, kind: type[EngineEvent]) -> EngineEvent:
        """The next event of the kind; earlier ones of others are passed over."""
        while True:
            event = self._events.get(timeout=EVENT_LIMIT_S)
            if isinstance(event, kind):
                return event

    def play(self, sentence: Sentence) -> None:
        """Play a sentence to its end."""
        self.engine.submit(PlayClip(ClipId("sentence"), load_clip(sentence.path)))
        self.wait_for(ClipFinished)
