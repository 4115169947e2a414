"""`speaker ctl COMMAND`: its arguments, and how it ends."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from speaker.ctl import (
    accounts,
    calls,
    certificates,
    clips,
    events,
    logs,
    maintenance,
    recipients,
    rules,
    setting_files,
    settings,
    sound,
    status,
    tokens,
)
from speaker.ctl.access import Access, parse_url
from speaker.ctl.errand import Commands, Errand
from speaker.ctl.output import Output, complain
from speaker.ctl.trouble import Trouble
from speaker.ctl.trust import parse_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Read = TypeVar("Read")

OK, FAILED = 0, 1
"""Exit codes beside those of `Trouble`, and 2 for what cannot be parsed."""

GROUPS = (
    status,
    calls,
    sound,
    clips,
    rules,
    recipients,
    settings,
    setting_files,
    events,
    logs,
    accounts,
    tokens,
    certificates,
    maintenance,
)

EPILOG = """\
Without --url it is the speaker that runs on this machine with the data folder --data (default: as
of `speaker run`), and whoever can read that folder may do everything. With --url it is any other
one; --user asks for the password, or takes it from SPEAKER_PASSWORD; a token is taken from
--token-file or SPEAKER_TOKEN.

Exit codes: 0 done, 1 refused or failed (standard error says why), 2 wrong usage.
"""


def control(arguments: Sequence[str]) -> int:
    """Do as the arguments say, and return the exit code."""
    options = make_parser().parse_args(arguments)
    try:
        with closing(Errand(options, Access(options), Output(as_json=options.json))) as errand:
            options.do(errand)
    except Trouble as trouble:
        complain(trouble.sentences)
        return trouble.code
    except KeyboardInterrupt:
        return FAILED
    return OK


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="speaker ctl",
        description="Ask a running speaker, and tell it what to do, over its HTTP API.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_shared(parser, None)
    shared = argparse.ArgumentParser(add_help=False)
    # What stands behind a command wins over what stands before it, but only where it is given.
    _add_shared(shared, argparse.SUPPRESS)
    parsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add_commands(Commands(parsers, shared))
    return parser


def _add_shared(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Options that stand before a command or behind it."""
    off = default or False
    parser.add_argument(
        "--json", action="store_true", default=off, help="for programs: what the API answers"
    )
    where = parser.add_argument_group("which device, and who asks")
    where.add_argument(
        "--data", type=Path, default=default, metavar="DIR", help="data folder of a device here"
    )
    where.add_argument(
        "--url",
        type=_argument(parse_url),
        default=default,
        help="a device anywhere: https://speaker.example:8443",
    )
    where.add_argument("--user", default=default, metavar="NAME", help="log in with a password")
    where.add_argument(
        "--token-file", type=Path, default=default, metavar="FILE", help="log in with a token"
    )
    where.add_argument(
        "--fingerprint",
        type=_argument(parse_fingerprint),
        default=default,
        metavar="SHA256",
        help="trust the certificate that has this fingerprint, and no other",
    )
    where.add_argument(
        "--ca", type=Path, default=default, metavar="FILE", help="trust whom this CA vouches for"
    )
    where.add_argument(
        "--insecure",
        action="store_true",
        default=off,
        help="trust whoever answers, and whoever is on the way",
    )


def _argument(parse: Callable[[str], Read]) -> Callable[[str], Read]:
    """A parser of ours for argparse, with its own words for what is wrong."""

    def parsed(text: str) -> Read:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed
