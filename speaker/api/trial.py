"""A test call on order: `POST /api/v1/test-call`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import Field

from conf.accounts.role import Role
from speaker.api.body import Body, Text
from speaker.http.rights import needs
from speaker.trial.trial_call import TrialCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from speaker.device import Device


NDJSON: Final = "application/x-ndjson"
DESCRIPTION: Final = "A JSON object a line, each when its step is done; `result` may be `failed`."
EXAMPLE: Final = '{"step": "call", "result": "ok", "words": "answered after 0.3 s"}\n'


class NewTestCall(Body):
    """Whom to call, and as whom."""

    account: Annotated[Text, Field(max_length=64, examples=["peer_to_peer"])]
    """Id of the account to call from."""
    uri: Annotated[Text, Field(max_length=1024, examples=["sip:desk@pbx.example", "4711"])]
    """A SIP address, or a number at the account's server."""


def trial_routes(device: Device) -> APIRouter:
    """Calls, and tells each step when it is done: a JSON object a line."""
    router = APIRouter(prefix="/api/v1", tags=["calls"])

    @router.post(
        "/test-call",
        response_class=StreamingResponse,
        responses={200: {"description": DESCRIPTION, "content": {NDJSON: {"example": EXAMPLE}}}},
    )
    @needs(Role.OPERATOR)
    async def test_call(body: NewTestCall) -> StreamingResponse:
        """Call somebody and tell how each step went; it failed where one says `failed`."""
        steps = _told(TrialCall(device, body.account, body.uri))
        return StreamingResponse(steps, media_type=NDJSON)

    return router


async def _told(call: TrialCall) -> AsyncIterator[str]:
    async for step in call.steps():
        told = {"step": step.stage.value, "result": step.result.value, "words": step.words}
        yield json.dumps(told) + "\n"
