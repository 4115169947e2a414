"""What a single value must satisfy, worded for the person who wrote it.

Each constraint is a pydantic annotation whose failure is a sentence that follows the value:
`70000 is outside 0..65535`. `words` says the same thing in the table of settings.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ALLOWED: Final = "x-allowed"
"""Where a JSON schema tells people, in words, what a constraint allows."""

RULE: Final = "rule"
"""The pydantic error type of every constraint here; its context holds the sentence."""


def broken(rule: str) -> PydanticCustomError:
    """The error to raise for a value that breaks `rule`, a sentence without its subject."""
    return PydanticCustomError(RULE, "{rule}", {"rule": rule})


@dataclass(frozen=True, slots=True)
class Range:
    """A number from `low` to `high`, both allowed."""

    low: float
    high: float

    @property
    def words(self) -> str:
        """The rule as a person reads it: `1..65535`."""
        return f"{self.low:g}..{self.high:g}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"minimum": self.low, "maximum": self.high}

    def _check(self, value: float) -> float:
        if not self.low <= value <= self.high:
            raise broken(f"is outside {self.words}")
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Text that matches `pattern` from end to end; `words` tells a person what that means."""

    pattern: str
    words: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {
            "pattern": f"^(?:{self.pattern})$",
            ALLOWED: self.words,
        }

    def _check(self, value: str) -> str:
        if re.fullmatch(self.pattern, value) is None:
            raise broken(f"is not {self.words}")
        return value


@dataclass(frozen=True, slots=True)
class Satisfies:
    """A value for which `holds` is true; `words` tells a person what that means."""

    holds: Callable[[Any], bool]
    words: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {ALLOWED: self.words}

    def _check(self, value: object) -> object:
        if not self.holds(value):
            raise broken(f"is not {self.words}")
        return value


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of `low` to `high` entries, no two of them the same when `distinct`."""

    low: int
    high: int
    distinct: bool = False

    @property
    def words(self) -> str:
        """The rule as a person reads it: `1..64 entries, none twice`."""
        count = f"{self.low}..{self.high} entries"
        return f"{count}, none twice" if self.distinct else count

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {
            "minItems": self.low,
            "maxItems": self.high,
            "uniqueItems": self.distinct,
        }

    def _check(self, value: tuple[object, ...]) -> tuple[object, ...]:
        if not self.low <= len(value) <= self.high:
            raise broken(f"has {len(value)} entries, which is outside {self.low}..{self.high}")
        if self.distinct and len(set(value)) != len(value):
            raise broken("has an entry twice")
        return value


Id = Annotated[str, Text(r"[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, `.`, `_` or `-`")]
"""What other settings refer to an entry by."""

Name = Annotated[str, Text(r"[^\x00-\x1f\x7f]{0,64}", "at most 64 characters without controls")]
"""What people call an entry; may be empty."""
