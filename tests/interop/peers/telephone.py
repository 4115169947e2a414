"""What the tests ask of a telephone, whoever has made it."""

from pathlib import Path
from typing import Protocol, Self

from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.sound_file import Sound


class Telephone(Protocol):
    """A running telephone that answers by itself; a context manager ends it."""

    uri: str
    """What to call it by, without a PBX."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def call(self, uri: str) -> None:
        """Start a call."""

    def hang_up(self) -> None:
        """End the current call, give it up, or refuse it."""

    def press(self, digits: str) -> None:
        """Send digits in the current call."""

    def wait_until_ringing(self) -> None:
        """Return when the called side rings."""

    def wait_until_talking(self) -> None:
        """Return when the call is up."""

    def wait_until_ended(self) -> str:
        """Return when the call is over; why, in the telephone's words."""

    def heard(self) -> Sound:
        """What it has heard in its only call so far; complete once that is over."""


class TelephoneMaker(Protocol):
    """Starts a telephone in a new folder, which says what is in the file `voice`."""

    def __call__(
        self,
        folder: Path,
        voice: Path,
        *,
        info_digits: bool = False,
        account: PbxAccount | None = None,
    ) -> Telephone:
        """`info_digits`: it sends keys by INFO. `account`: at a PBX; else it calls directly."""
