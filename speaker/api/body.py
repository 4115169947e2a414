"""What a request of the HTTP interface may carry."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from conf.plain import is_text


def _text(value: str) -> str:
    if not is_text(value):
        raise ValueError("holds half of a character (a lone surrogate)")
    return value


Text = Annotated[str, AfterValidator(_text)]
"""Text that can be written down, and so named in an error."""


class Body(BaseModel):
    """A JSON object without unknown keys."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
