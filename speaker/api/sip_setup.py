"""The set-up assistant: `POST /api/v1/sip/setup`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from conf.accounts.role import Role
from conf.values.secret import Secret
from sip.flow import Transport
from speaker.api.body import Body, Text
from speaker.api.errors import answer, errors
from speaker.http.identity import Identity, Who
from speaker.http.rights import needs
from speaker.sip_setup.conclusion import Conclusion
from speaker.sip_setup.desk import SetUpBusy, SetUpDesk
from speaker.sip_setup.facts import Facts
from speaker.sip_setup.plan import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from conf.settings import AccountSettings
    from speaker.device import Device
    from speaker.trial.trial_report import Step

NDJSON: Final = "application/x-ndjson"
DESCRIPTION: Final = (
    "A JSON object a line, each when its step is done. The last one has the step `conclusion`,"
    " and with it `works`, `saved` and `certificate`."
)
EXAMPLE: Final = (
    '{"step": "registration", "result": "ok", "words": "registered with sip:pbx.example by TLS"}\n'
    '{"step": "conclusion", "result": "ok", "words": "it works: …", "works": {"transport": "tls"},'
    ' "saved": "pbx", "certificate": null}\n'
)
CONCLUSION: Final = "conclusion"

CertificateNameAsked = Annotated[Text, Field(max_length=64)]


class NewSetup(Body):
    """What an installer knows. Without `registrar` and `domain`: peer-to-peer."""

    registrar: Annotated[Text, Field(max_length=300, examples=["pbx.example"])] = ""
    """Address of the PBX; empty: the domain's."""
    domain: Annotated[Text, Field(max_length=253)] = ""
    """Domain of the PBX, if it is not that address."""
    user_id: Annotated[Text, Field(max_length=64, examples=["100"])] = ""
    """Extension."""
    password: Annotated[Text, Field(max_length=128)] = ""
    """Password of the extension; empty: that which the account has, if it is for the same user
    there."""
    authentication_id: Annotated[Text, Field(max_length=64)] = ""
    """User name that goes with the password; empty: `user_id`."""
    test_number: Annotated[Text, Field(max_length=1024, examples=["200"])] = ""
    """Number or SIP address to call for a test; empty: nobody is called."""
    transport: Literal["any", "tls", "tcp", "udp"] = "any"
    """The only transport that may be used; `any`: the safest that works."""
    trusted_certificates: Annotated[list[CertificateNameAsked], Field(max_length=16)] | None = None
    """Names of certificates that are believed in place of the public CAs; null: as the account has
    it."""
    accept_certificate: Annotated[Text, Field(max_length=128)] = ""
    """SHA-256 fingerprint of the server's certificate, where that is to be believed though nobody
    vouches for it: it is kept, and from then on no other is."""
    save: bool = False
    """Whether to save what works."""
    account: Annotated[Text, Field(max_length=64)] = ""
    """Id of the account that is set up, a new one or one to be changed; empty: the one of this user
    there, or a new one."""
    name: Annotated[Text, Field(max_length=64)] | None = None
    """Descriptive name of the account; null: as it is."""
    default: bool = False
    """Make it the default account."""

    def facts(self) -> Facts:
        """The same for the assistant."""
        trusted = self.trusted_certificates
        return Facts(
            registrar=self.registrar.strip(),
            domain=self.domain.strip(),
            user_id=self.user_id.strip(),
            password=Secret(self.password),
            authentication_id=self.authentication_id,
            number=self.test_number.strip(),
            transport=None if self.transport == "any" else Transport(self.transport.upper()),
            trusted_certificates=None if trusted is None else tuple(trusted),
            accepted=fingerprint_of(self.accept_certificate),
            save=self.save,
            account=self.account,
            name=self.name,
            default=self.default,
        )


def sip_setup_routes(device: Device) -> APIRouter:
    """Sets SIP up, and tells each step when it is done: a JSON object a line."""
    router = APIRouter(prefix="/api/v1/sip", tags=["settings"])
    desk = SetUpDesk(device)

    @router.post(
        "/setup",
        response_class=StreamingResponse,
        responses={
            200: {"description": DESCRIPTION, "content": {NDJSON: {"example": EXAMPLE}}},
            **errors(409, 503),
        },
    )
    @needs(Role.OPERATOR)
    async def set_up_sip(body: NewSetup, who: Who) -> Response:
        """Find out how the PBX is reached, register, make a test call, and save what works.

        Only one at a time (409). It is over when whoever asks goes away.
        """
        facts = body.facts()
        account = await desk.check(facts)
        server = facts.registrar or facts.domain or "no server"
        words = f"set SIP up for {facts.user_id!r} at {server}"
        await asyncio.to_thread(device.store.audit.note, who.name, words, address=who.address)
        return _Steps(desk, facts, account, who)

    return router


class _Steps(Response):
    """Sets up for as long as the answer goes on, and not a moment longer."""

    def __init__(
        self, desk: SetUpDesk, facts: Facts, account: AccountSettings, who: Identity
    ) -> None:
        super().__init__()
        self._desk = desk
        self._facts = facts
        self._account = account
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._desk.running(self._facts, self._account, self._who) as lines:
                told = StreamingResponse(
                    _told(lines), media_type=NDJSON, headers={"Cache-Control": "no-store"}
                )
                await told(scope, receive, send)
        except SetUpBusy as error:
            await answer(409, str(error))(scope, receive, send)


async def _told(lines: AsyncIterator[Step | Conclusion]) -> AsyncIterator[str]:
    async for line in lines:
        yield json.dumps(_shown(line)) + "\n"


def _shown(line: Step | Conclusion) -> dict[str, object]:
    if not isinstance(line, Conclusion):
        return {"step": line.stage.value, "result": line.result.value, "words": line.words}
    certificate = line.certificate
    return {
        "step": CONCLUSION,
        "result": line.result.value,
        "words": line.words,
        "works": line.works,
        "saved": line.saved or None,
        "certificate": None if certificate is None else certificate.model_dump(mode="json"),
    }
