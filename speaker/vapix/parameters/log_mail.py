"""`MailLogd`: which lines of the log are sent by email (section `[log_mail]`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conf.accounts.role import Role
from speaker.vapix.parameters.parameter import BadValue, Parameter, Text, TextSetting, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.vapix.parameters.facts import Facts

LEVELS: Final = ("none", "error", "warning", "info")
"""None; critical messages; those and warnings; those and information."""


@dataclass(frozen=True, slots=True)
class SendLevel:
    """The level as a number."""

    def read(self, facts: Facts) -> str:
        """0 to 3."""
        return str(LEVELS.index(facts.setting("log_mail.level")))

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """Set it by its name; whether anybody can send emails, the store knows."""
        if text not in ("0", "1", "2", "3"):
            raise BadValue(f"{text!r} is outside 0..3")
        return {"log_mail": {"level": LEVELS[int(text)]}}


_ADMIN: Final = Role.ADMINISTRATOR

PARAMETERS: Final = (
    Parameter(
        "MailLogd.LogSendLevel",
        SendLevel(),
        "Lines of the log that are sent: 0 none, 1 critical, 2 warnings too, 3 everything",
        Whole(0, 3),
        _ADMIN,
        _ADMIN,
    ),
    Parameter(
        "MailLogd.ToEmail",
        TextSetting("log_mail.to"),
        "Whom to send them to",
        Text(),
        _ADMIN,
        _ADMIN,
    ),
)
