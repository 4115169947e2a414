"""A text that nobody is shown: passwords."""

import hmac
from typing import Any, Final, Never

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from conf.values.constraints import broken

LONGEST_SECRET: Final = 128
"""Characters."""

HIDDEN: Final = "(hidden)"
"""What is shown in place of every secret, and so no secret itself."""


class Secret:
    """Holds a secret so that no log, message, dump or copy of the settings shows it.

    `str`, `repr` and formatting give the same word for every secret, JSON gives that word too (or
    "" where there is no secret), and pickling is refused. `reveal` is the one way to it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for whoever has to prove that we know it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> Never:
        raise TypeError("a secret is not written down")

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Secret":
        return self

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._checked,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda secret: HIDDEN if secret else "", when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "password", "maxLength": LONGEST_SECRET}

    @classmethod
    def _checked(cls, value: object) -> "Secret":
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str):
            raise broken("is not text in quotes")
        if len(value) > LONGEST_SECRET:
            raise broken(f"is longer than {LONGEST_SECRET} characters")
        if not value.isprintable():
            raise broken("holds control characters")
        if value == HIDDEN:  # read from an export, or from the API
            raise broken("stands for a secret that is not shown; the secret itself is needed")
        return cls(value)
