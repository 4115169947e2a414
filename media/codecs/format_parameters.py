"""The parameters of a format as `a=fmtp` writes them: `name=value;name=value`."""

from __future__ import annotations

from collections.abc import Mapping


def format_parameters(text: str) -> Mapping[str, str]:
    """Values by name in lower case; what has no `=` is passed over."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def whole_number(text: str | None, *, lowest: int, highest: int) -> int | None:
    """A number within its range, or what it is nearest to there; None for what is no number."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > 9:
        return None
    return min(max(int(text), lowest), highest)
