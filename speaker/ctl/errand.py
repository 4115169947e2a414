"""One command that somebody has given, and how commands are made known to the parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from speaker.ctl.access import Access
    from speaker.ctl.api import Api
    from speaker.ctl.output import Output


@dataclass(frozen=True)
class Errand:
    """What is to be done, at which device, and where the outcome is told."""

    options: argparse.Namespace
    access: Access
    output: Output

    @cached_property
    def api(self) -> Api:
        """The device. Its first request opens the connection."""
        return self.access.open()

    def close(self) -> None:
        """Let go of the device, if it was asked."""
        if "api" in self.__dict__:
            self.api.close()


Do = Callable[[Errand], None]
"""Carries a command out; raises Trouble."""


class Commands:
    """Takes commands in, each with the options that all of them have."""

    def __init__(
        self,
        parsers: argparse._SubParsersAction[argparse.ArgumentParser],
        shared: argparse.ArgumentParser,
    ) -> None:
        self._parsers = parsers
        self._shared = shared

    def add(self, name: str, do: Do, help_: str) -> argparse.ArgumentParser:
        """A command. Its own arguments are for the caller to add."""
        parser = self._parsers.add_parser(
            name, help=help_, description=f"{help_}.", parents=[self._shared]
        )
        parser.set_defaults(do=do)
        return parser

    def below(self, parser: argparse.ArgumentParser) -> Self:
        """Commands below a command, which stands for itself when none of them is given."""
        return type(self)(parser.add_subparsers(metavar="COMMAND"), self._shared)


def count(text: str) -> int:
    """For argparse: a number from 0 on."""
    if not text.isascii() or not text.isdigit() or int(text) >= 10**8:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 99999999")
    return int(text)
