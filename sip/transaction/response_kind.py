"""The three kinds of responses that the transaction machines tell apart (RFC 3261 §7.2, §17)."""

import enum


class ResponseKind(enum.Enum):
    """What a status code means for the transaction that it answers."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    REFUSAL = "3xx-6xx"
    """Final and not a success: redirections too, as an INVITE has to acknowledge them alike."""

    @classmethod
    def of(cls, code: int) -> "ResponseKind":
        """The kind of the status code `code` (100 to 699)."""
        if code < 200:
            return cls.PROVISIONAL
        return cls.SUCCESS if code < 300 else cls.REFUSAL
