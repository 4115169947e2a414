"""Who may set up when: one at a time, not for ever, and nothing is left of one that is given up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Final

from speaker.sip_setup.conclusion import Conclusion
from speaker.sip_setup.facts import draft
from speaker.sip_setup.saving import accounts_of
from speaker.sip_setup.set_up import SetUp
from speaker.trial.trial_report import Result, Step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conf.settings import AccountSettings
    from speaker.device import Device
    from speaker.http.identity import Identity
    from speaker.sip_setup.facts import Facts

LONGEST_S: Final = 300.0
"""Three silent servers, and a call that nobody takes for as long as calls may ring."""

Line = Step | Conclusion


class SetUpBusy(Exception):
    """Somebody is setting up already."""


class SetUpDesk:
    """Takes facts, and gives the steps of one set-up at a time."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._is_busy = False

    async def check(self, facts: Facts) -> AccountSettings:
        """The account that `facts` make, as it would be saved before anything is known.

        Raises:
            BadSettings: they make none.
        """
        return await asyncio.to_thread(self._checked, facts)

    def _checked(self, facts: Facts) -> AccountSettings:
        store = self._device.store
        drafted = draft(accounts_of(store.settings), facts)
        settings = store.check({"sip": {"accounts": drafted.entries}})
        return next(each for each in settings.sip.accounts if each.id == drafted.id)

    @asynccontextmanager
    async def running(
        self, facts: Facts, account: AccountSettings, who: Identity
    ) -> AsyncIterator[AsyncIterator[Line]]:
        """Set up `account`, and yield what tells each step when it is done.

        It goes on at its own pace; when this is left it is over, and what it had begun is undone.

        Raises:
            SetUpBusy: somebody is setting up already.
        """
        if self._is_busy:
            raise SetUpBusy("somebody is setting up SIP already: one after the other")
        self._is_busy = True
        lines: asyncio.Queue[Line | None] = asyncio.Queue()
        set_up = SetUp(self._device, facts, account, who)
        task = asyncio.get_running_loop().create_task(_produce(set_up, lines))
        try:
            yield _taken(lines)
        finally:
            task.cancel()
            await asyncio.wait([task])
            self._is_busy = False
            if not task.cancelled():
                task.result()


async def _produce(set_up: SetUp, lines: asyncio.Queue[Line | None]) -> None:
    """In a task of its own: where that is cancelled, it is so inside of a step."""
    try:
        async with asyncio.timeout(LONGEST_S), aclosing(set_up.steps()) as steps:
            async for line in steps:
                lines.put_nowait(line)
    except TimeoutError:
        words = f"it has taken more than {LONGEST_S:.0f} s, and was given up; nothing was saved"
        lines.put_nowait(Conclusion(Result.FAILED, words))
    finally:
        lines.put_nowait(None)


async def _taken(lines: asyncio.Queue[Line | None]) -> AsyncIterator[Line]:
    while (line := await lines.get()) is not None:
        yield line
