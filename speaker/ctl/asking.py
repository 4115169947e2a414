"""What a person is asked for: whether it is meant, and secrets, which are never arguments.

A program leaves secrets in the environment: arguments stand in the shell's history and are shown to
everybody on the machine by `ps`.
"""

from __future__ import annotations

import getpass
import os
import sys
import warnings

from speaker.ctl.trouble import WrongUsage


def secret(variable: str, prompt: str) -> str:
    """What the environment holds, or what is typed.

    Raises:
        WrongUsage: neither is to be had.
    """
    kept = os.environ.get(variable)
    if kept is not None:
        return kept
    with warnings.catch_warnings():
        # Without a terminal `getpass` would read standard input, which may be a clip.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except (getpass.GetPassWarning, EOFError, OSError) as error:
            raise WrongUsage(
                f"no terminal to ask for the password: leave it in {variable}"
            ) from error


def new_secret(variable: str, prompt: str) -> str:
    """The same, typed twice.

    Raises:
        WrongUsage: neither is to be had, or what is typed differs.
    """
    first = secret(variable, prompt)
    if variable not in os.environ and secret(variable, "Once more: ") != first:
        raise WrongUsage("these are two different passwords")
    return first


def is_meant(question: str, instead: str) -> bool:
    """Whether a person types `yes`; `instead` is what a program says to be asked nothing.

    Raises:
        WrongUsage: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise WrongUsage(f"no terminal to ask whether it is meant: say {instead}")
    # What is printed to standard output is for programs, too.
    print(f"{question} Type yes: ", end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip() == "yes"
