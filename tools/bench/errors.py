"""Why a figure has no number.

BenchError
├── CannotDo          the device has no such ability, or is not installed
├── ChildFailed       a program did not come up, or ended before its time
├── CallFailed        a call went otherwise than the figure needs
├── NoSoundHeard      what should have sounded did not
└── Unreadable        something a device wrote cannot be read
"""


class BenchError(Exception):
    """The message is one clause that stands in for the number in the table."""


class CannotDo(BenchError):
    """The device has no such ability, or is not installed; the message says which."""


class ChildFailed(BenchError):
    """A program did not come up, or ended before its time; the message quotes its last words."""


class CallFailed(BenchError):
    """A call went otherwise than the figure needs; the message says how."""


class NoSoundHeard(BenchError):
    """Nothing was played in time, or something never ended."""


class Unreadable(BenchError):
    """A message, file or state of a device lacks what is needed; the message names it."""
