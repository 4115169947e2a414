"""Test calls of a guest: until one goes through, by less and less encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.errors import MalformedUri
from speaker.calls.dialling import dialled
from speaker.sip_setup.plan import sounds, untested_sound
from speaker.trial.followed_call import FollowedCall
from speaker.trial.trial_report import Stage, Step, failed, note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sip.flow import Transport
    from speaker.device import Device
    from speaker.sip_setup.guests import Guest
    from speaker.sip_setup.plan import Sound
    from speaker.sip_setup.server_trial import Events


class SoundTrial:
    """Finds the kind of sound that the other side takes."""

    def __init__(
        self,
        device: Device,
        guest: Guest,
        events: Events,
        hosts: Sequence[str],
        transport: Transport,
    ) -> None:
        """`events` is what the device's witnesses hear; `hosts` are servers on the way."""
        self.sound = untested_sound(transport, guest.sound)
        """What is to be set, by all that is known."""
        self._device = device
        self._guest = guest
        self._events = events
        self._hosts = hosts
        self._transport = transport

    async def steps(self, number: str) -> AsyncIterator[Step]:
        """Call `number`, and tell each step when it is done."""
        if not number:
            words = f"no test call was asked for: {self.sound}"
            yield note(Stage.CALL, words)
            return
        try:
            target = dialled(number, self._guest.account)
        except MalformedUri as error:
            yield failed(Stage.CALL, str(error))
            return
        offered = sounds(self._transport, self._guest.sound)
        for sound in offered:
            is_last = sound is offered[-1]
            yield note(Stage.CALL, f"the next call's {sound}")
            call = self._call(number, sound)
            failures = 0
            async for step in call.steps(target):
                failures += step.failed
                goes_on = call.wants_other_sound and not is_last
                yield note(step.stage, step.words) if step.failed and goes_on else step
            if not (failures and call.wants_other_sound):
                self.sound = self.sound if failures else sound
                return

    def _call(self, number: str, sound: Sound) -> FollowedCall:
        settings = self._guest.with_sound(sound)
        return FollowedCall(
            self._device,
            self._events,
            self._hosts,
            place=lambda: self._device.dialler.call_by(self._guest.account, settings, number),
        )
