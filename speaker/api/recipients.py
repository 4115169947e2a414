"""Whether recipients can be told: `POST /api/v1/recipients/test` and `…/{name}/test`.

The recipients themselves are settings: `/api/v1/settings/recipients`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path
from pydantic import BaseModel, ConfigDict, JsonValue

from conf.accounts.role import Role
from conf.sections.recipients import RecipientSettings
from speaker.api.errors import errors
from speaker.api.openapi import BODY, ref
from speaker.http.identity import Identity, who_asks
from speaker.http.rights import needs
from speaker.notifications.failure import DeliveryFailed
from speaker.notifications.notification import Notification

if TYPE_CHECKING:
    from conf.settings import Settings
    from speaker.device import Device


class RecipientTest(BaseModel):
    """How a recipient's test went."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    result: Literal["ok", "failed"]
    """Whether the recipient has taken the message."""
    words: str
    """What was done, or whom it failed at and why, in one sentence."""


class TestDesk:
    """One test at a time: each may make somebody's telephone ring, or his mailbox full."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._is_busy = False

    async def test(self, recipient: RecipientSettings, who: Identity) -> RecipientTest:
        """Tell the recipient something, and wait until that is done.

        Raises:
            HTTPException: another one is being tested.
        """
        if self._is_busy:
            raise HTTPException(409, "another recipient is being tested: one after the other")
        self._is_busy = True
        device = self._device
        try:
            words = f"tested the recipient {recipient.name!r}"
            note = device.store.audit.note
            await asyncio.to_thread(note, who.name, words, address=who.address)
            message = f"Test of the recipient {recipient.name} by {device.settings.device.name}"
            told = Notification(message=message, subject=message)
            await device.notifications.notifier.test(recipient, told)
        except DeliveryFailed as error:
            return RecipientTest(result="failed", words=str(error))
        finally:
            self._is_busy = False
        return RecipientTest(result="ok", words=f'"{recipient.name}" has taken the test message')


def recipient_routes(device: Device) -> APIRouter:
    """Tests of recipients that are set, and of those that may be."""
    router = APIRouter(prefix="/api/v1/recipients", tags=["rules"])
    desk = TestDesk(device)

    @router.post(
        "/test",
        responses=errors(409),
        openapi_extra={BODY: ref(RecipientSettings.__name__)},
    )
    @needs(Role.ADMINISTRATOR)
    async def test_new_recipient(
        body: dict[str, JsonValue], who: Annotated[Identity, Depends(who_asks)]
    ) -> RecipientTest:
        """Tell a recipient a test message as it would be set, and set nothing.

        `(hidden)` stands for a password that the recipient of this name has.
        """
        settings = await asyncio.to_thread(_with, device, body)
        return await desk.test(_named(settings.recipients, body.get("name")), who)

    @router.post("/{name:path}/test", responses=errors(409))
    @needs(Role.OPERATOR)
    async def test_recipient(
        name: Annotated[str, Path(max_length=64)],
        who: Annotated[Identity, Depends(who_asks)],
    ) -> RecipientTest:
        """Tell a recipient a test message: a web address is asked, an email is sent."""
        return await desk.test(_named(device.settings.recipients, name), who)

    return router


def _with(device: Device, recipient: dict[str, JsonValue]) -> Settings:
    """The settings as they would be with this recipient.

    Raises:
        BadSettings: they would break rules.
    """
    known = [each.model_dump(mode="json", exclude_none=True) for each in device.settings.recipients]
    others = [each for each in known if each["name"] != recipient.get("name")]
    # The first one, so that what is wrong with it is told of `recipients[0]`.
    return device.store.check({"recipients": [recipient, *others]})


def _named(recipients: tuple[RecipientSettings, ...], name: object) -> RecipientSettings:
    for each in recipients:
        if each.name == name:
            return each
    raise HTTPException(404, f"no recipient {name!r}")
