"""Server-sent events as they stand in a response (HTML, "Server-sent events")."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CHARACTERS = 1024 * 1024
"""Of one message; those of the device are a few hundred."""


class TooLong(ValueError):
    """No speaker sends such a message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One of them."""

    data: str
    event: str = ""
    """Which kind, where it is not an ordinary one."""


class MessageReader:
    """Puts lines together to messages, and remembers where to go on after an interruption."""

    def __init__(self) -> None:
        self.last_id = ""
        """What to tell as `Last-Event-ID` next time: of the last message that came as a whole."""
        self._id = ""
        self.retry_ms: int | None = None
        """How long to wait before that, if the device has said so."""
        self.streams = 0
        """Responses that have begun."""
        self._data: list[str] = []
        self._event = ""
        self._length = 0

    def begin(self) -> None:
        """A new response: half a message of the one before is none."""
        self.streams += 1
        self._id = self.last_id
        self._forget()

    def on_line(self, line: str) -> Message | None:
        """Take one in, without its line break; an empty one may complete a message.

        Raises:
            TooLong: the message has more than `MOST_CHARACTERS`.
        """
        if not line:
            return self._complete()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._length += len(value)
                if self._length > MOST_CHARACTERS:
                    raise TooLong(f"a message of more than {MOST_CHARACTERS} characters")
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) < 9:
                self.retry_ms = int(value)
            case _:
                pass  # a comment, or what later versions add
        return None

    def _complete(self) -> Message | None:
        message = Message("\n".join(self._data), self._event) if self._data else None
        self.last_id = self._id
        self._forget()
        return message

    def _forget(self) -> None:
        self._data, self._event, self._length = [], "", 0
