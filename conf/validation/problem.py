"""What is wrong with settings, told to the person who wrote them.

SettingsError
├── BadSettings         values that break rules; carries every problem found
│   └── FixedSettings   values that cannot be changed here, as the command line decides them
└── ChangedMeanwhile    somebody else has changed settings since they were read
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LONGEST_SHOWN_VALUE: Final = 80

_PASSWORD_IN_URL: Final = re.compile(r"(://[^/@:\s]*:)[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule."""

    key: str
    """Where: `sip.accounts[0].transport`, or the name of a file or an argument."""
    value: str
    """The offending value as TOML writes it; empty when it is absent, large, or may be a secret."""
    rule: str
    """What it breaks, as the end of a sentence: `is outside 1..65535`."""

    def __str__(self) -> str:
        """`key: value rule`, on one line."""
        return f"{self.key}: {self.value} {self.rule}" if self.value else f"{self.key}: {self.rule}"


class SettingsError(Exception):
    """Settings cannot be had."""


class BadSettings(SettingsError):
    """Settings break rules; `problems` are all that were found, never empty."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class FixedSettings(BadSettings):
    """A layer above the store decides these settings."""


class ChangedMeanwhile(SettingsError):
    """The settings are not those any more that a change was made for."""

    def __init__(self) -> None:
        super().__init__("the settings have been changed by somebody else since they were read")


def shown(value: object) -> str:
    """`value` as TOML writes it when it is a short scalar, else nothing; no password of a URL."""
    match value:
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = str(value)
        case str():
            text = json.dumps(_PASSWORD_IN_URL.sub(r"\1…@", value), ensure_ascii=False)
            text = text.encode("utf-8", "backslashreplace").decode()  # JSON can hold half letters
        case _:
            return ""
    return text if len(text) <= LONGEST_SHOWN_VALUE else text[: LONGEST_SHOWN_VALUE - 1] + "…"
