"""The forms that a command comes in, and the form that its answer has then.

POST /vapix/call            {"axcall:Call": {"To": "sip:100@pbx.example"}}
POST /vapix/call/Call       {"To": "sip:100@pbx.example"}
/vapix/call?format=simple&action=axcall:Call&To=sip:100@pbx.example
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse

from speaker.vapix.arguments import BadArguments, parse_arguments
from speaker.vapix.call_service.fault import FAULT_STATUS, INVALID, MISSING, Fault
from speaker.vapix.call_service.simple_form import parse_simple, written_simple
from speaker.vapix.error_family import ApiError
from speaker.vapix.fields import Fields
from speaker.vapix.json_text import BodyTooLarge, JsonAnswer, NotJson, bounded_body, parsed_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

PREFIX: Final = "axcall:"
FORMAT: Final = "format"
ACTION: Final = "action"


@dataclass(frozen=True, slots=True)
class Command:
    """Which command, and with what."""

    name: str
    """Without its prefix."""
    params: Fields


class RequestForm:
    """One request; what it asks for is read by `command`, and answered in the form that it has."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._simple = False

    async def command(self) -> Command:
        """Read the command.

        Raises:
            Fault: it cannot be read.
        """
        try:
            query = parse_arguments(self._request.scope["query_string"])
            self._simple = (FORMAT, "simple") in query.pairs
            body = (await bounded_body(self._request)).strip()
            if body.startswith((b"{", b"[")):
                return self._from_json(parsed_json(body), query.get(ACTION))
            arguments = parse_arguments(self._request.scope["query_string"], body)
            self._simple = self._simple or (FORMAT, "simple") in arguments.pairs
            pairs = [pair for pair in arguments.pairs if pair[0] not in (FORMAT, ACTION)]
            name = self._named(arguments.get(ACTION))
            if name is None:
                raise Fault(MISSING, "there is no command")
            return Command(name, Fields(parse_simple(pairs)))
        except BadArguments as error:
            raise Fault(INVALID, str(error)) from error
        except (NotJson, BodyTooLarge) as error:
            raise Fault(MISSING, f"the body cannot be read: {error}") from error

    def _from_json(self, value: object, action: str | None) -> Command:
        try:
            found = Fields.of(value, "the body")
            name = self._named(action)
            if name is not None:
                return Command(name, found)
            if len(found.values) != 1:
                raise Fault(MISSING, "the body does not consist of one command")
            (key,) = found.values
            return Command(_bare(key), found.inner(key))
        except ApiError as error:
            raise Fault(INVALID, str(error)) from error

    def _named(self, action: str | None) -> str | None:
        """The command that the address names: in its path, else as an argument."""
        name = self._request.path_params.get("command") or action
        return None if not name else _bare(name)

    def answer(self, result: Mapping[str, object], status: int = 200) -> Response:
        """A result, or the body of a fault."""
        if self._simple:
            return PlainTextResponse(written_simple(result), status_code=status)
        return JsonAnswer(result, status_code=status)

    def refusal(self, fault: Fault) -> Response:
        """A fault."""
        return self.answer(fault.body, FAULT_STATUS)


def _bare(name: str) -> str:
    return name.removeprefix(PREFIX)
