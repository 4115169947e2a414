"""What all settings models share."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """One TOML table: immutable, of exact types, and without unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # a traceback must not show a password that breaks a rule
    )
