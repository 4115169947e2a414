"""Lost and found sound devices on the bus."""

from media.engine.events import DeviceBack, DeviceLost
from speaker.events import Bus
from speaker.sound.sound_condition import NAME, SoundCondition


def test_each_direction_is_told_by_itself_with_its_reason() -> None:
    bus = Bus()
    sound = SoundCondition(bus)
    assert (bus.value(NAME, of="output"), bus.value(NAME, of="input")) == (True, True)
    sound.on_sound_event(DeviceLost("input", "input system:USB: the card went away"))
    assert (bus.value(NAME, of="output"), bus.value(NAME, of="input")) == (True, False)
    lost = next(each for each in bus.conditions() if each.of == "input")
    assert lost.attributes == {"reason": "input system:USB: the card went away"}
    sound.on_sound_event(DeviceBack("input"))
    assert bus.value(NAME, of="input") is True
