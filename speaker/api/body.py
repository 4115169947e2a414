"""What a request of the HTTP interface may carry."""

from typing import Annotated

from fastapi import HTTPException, Request
from pydantic import AfterValidator, BaseModel, ConfigDict

from conf.tables.plain import is_text


def _text(value: str) -> str:
    if not is_text(value):
        raise ValueError("holds half of a character (a lone surrogate)")
    return value


Text = Annotated[str, AfterValidator(_text)]
"""Text that can be written down, and so named in an error."""


class Body(BaseModel):
    """A JSON object without unknown keys, whose values are of the very types: 0 is not `false`."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


def needs_json(request: Request) -> None:
    """Refuse what does not say that it is JSON: forms of other sites' pages cannot say so."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "the content type must be application/json")
