"""The condition `audio.input_level`: whether it is loud near the speaker."""

import asyncio

from conf.settings import Settings
from conf.validation.validate import validate
from media.engine.commands import DetectSound, EngineCommand
from media.engine.events import SoundDetected
from speaker.change import Change
from speaker.events import Bus, Event
from speaker.rules.rule_engine import RuleEngine
from speaker.sound.input_level import NAME, InputLevel


class Desk:
    """The part, with what it tells the engine."""

    def __init__(self) -> None:
        self.commands: list[EngineCommand] = []
        self.bus = Bus()
        self.part = InputLevel(self, self.bus)
        self.settings: Settings | None = None

    def submit(self, command: EngineCommand) -> None:
        self.commands.append(command)

    async def change(self, **detection: object) -> list[EngineCommand]:
        """What the engine is told after a change."""
        self.commands.clear()
        new = validate({"sound_detection": detection})
        (await self.part.prepare(Change(self.settings, new, asyncio.to_thread))).apply(0.0)
        self.settings = new
        return list(self.commands)


async def test_the_engine_watches_as_is_set_and_the_condition_is_there_while_it_does() -> None:
    desk = Desk()
    assert await desk.change() == []
    assert desk.bus.value(NAME) is None
    watched = await desk.change(enabled=True, alarm_level_dbfs=-30.0, quiet_after_s=5.0)
    assert watched == [DetectSound(alarm_level_dbfs=-30.0, quiet_after_s=5.0)]
    assert desk.bus.value(NAME) is False
    for is_loud in (True, False, True):
        desk.part.on_sound_event(SoundDetected(is_loud))
        assert desk.bus.value(NAME) is is_loud
    assert await desk.change(enabled=True, alarm_level_dbfs=-30.0, quiet_after_s=5.0) == []
    (unwatched,) = await desk.change(enabled=False)
    assert isinstance(unwatched, DetectSound)
    assert unwatched.alarm_level_dbfs is None
    assert desk.bus.value(NAME) is None
    desk.part.on_sound_event(SoundDetected(is_loud=True))
    assert desk.bus.value(NAME) is None, "what crossed the change counts no more"


async def test_a_rule_reacts_to_noise() -> None:
    desk, events = Desk(), list[Event]()
    rule = {
        "name": "noise",
        "conditions": [{"condition": "audio.input_level", "is": True}],
        "action": [{"type": "speak", "text": "Silence, please."}],
    }
    rules = RuleEngine(validate({"rules": [rule]}).rules)
    desk.bus.listen(events.append)
    await desk.change(enabled=True)
    desk.part.on_sound_event(SoundDetected(is_loud=True))
    desk.part.on_sound_event(SoundDetected(is_loud=True))
    assert sum(len(rules.on_event(event, 0.0)) for event in events) == 1
