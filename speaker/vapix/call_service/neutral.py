"""Fields for which there is no setting: they are told, and cannot be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.vapix.call_service.fault import NOT_SUPPORTED, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.vapix.fields import Fields

NOTHING: Final[tuple[object, ...]] = (None, "", [], False, "false", "0")
"""What means that something is off, whatever its type is."""


def refuse_unsupported(given: Fields, neutral: Mapping[str, object]) -> None:
    """Raise if a field without a setting is to be anything but what it is.

    Raises:
        Fault: it names the field.
    """
    for name, value in neutral.items():
        wanted = given.values.get(name)
        if wanted in NOTHING or wanted == value:
            continue
        raise Fault(NOT_SUPPORTED, f"{name} cannot be set on this device")
