"""A test call on order: `POST /api/v1/test-call`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import Field

from conf.role import Role
from speaker.api.body import Body
from speaker.http.rights import needs
from speaker.trial.trial_call import TrialCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from speaker.device import Device


class NewTestCall(Body):
    """Whom to call, and as whom."""

    account: Annotated[str, Field(max_length=64)]
    uri: Annotated[str, Field(max_length=1024)]


def trial_routes(device: Device) -> APIRouter:
    """Calls, and tells each step when it is done: a JSON object a line."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/test-call")
    @needs(Role.OPERATOR)
    async def test_call(body: NewTestCall) -> StreamingResponse:
        """Call somebody and tell how each step went; it failed where one says `failed`."""
        steps = _told(TrialCall(device, body.account, body.uri))
        return StreamingResponse(steps, media_type="application/x-ndjson")

    return router


async def _told(call: TrialCall) -> AsyncIterator[str]:
    async for step in call.steps():
        told = {"step": step.stage.value, "result": step.result.value, "words": step.words}
        yield json.dumps(told) + "\n"
