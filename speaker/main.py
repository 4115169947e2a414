"""The command line: `speaker run`, `ctl`, `check`, `calls`, `devices`, `test-call`, `--version`.

What a command needs is imported when it is asked for: the sound engine alone takes longer than most
commands do.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import logging
import os
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from conf.files.data_folder import default_data_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


OK, FAILED, BAD_SETTINGS = 0, 1, 2
"""Exit codes: done; cannot start; settings (or arguments) are wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _control(given[1:]) if given[:1] == ["ctl"] else _obey(_parser().parse_args(given))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor at the exit
        return FAILED
    return code


def _control(arguments: Sequence[str]) -> int:
    from speaker.ctl.command import control

    return control(arguments)


def _obey(options: argparse.Namespace) -> int:
    match options.command:
        case "check":
            return _check(options.config)
        case "calls":
            from speaker.log import set_up_log
            from speaker.reports.calls_command import tell_calls

            set_up_log(logging.WARNING)
            return tell_calls(options)
        case "devices":
            from speaker.sound.devices_command import tell_devices

            return tell_devices(as_json=options.json)
        case "test-call":
            from speaker.trial.trial_command import make_test_call

            return make_test_call(options)
        case _:
            return _run(options)


class _Version(argparse.Action):
    """Looks the version up only for those who ask."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from speaker.version import VERSION

        print(f"intercom-speaker {VERSION}")  # noqa: T201 - what the option is for
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="speaker", description="A SIP intercom speaker.")
    parser.add_argument("--version", action=_Version, nargs=0, help="tell the version")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_run(commands)
    _add_test_call(commands)
    _add_calls(commands)
    devices = commands.add_parser("devices", help="the sound cards there are, by name")
    devices.add_argument("--json", action="store_true", help="for programs: a JSON list")

    # Its own parser takes over before this one is asked: see `main`.
    commands.add_parser(
        "ctl", add_help=False, help="ask a running speaker, and tell it what to do: `ctl --help`"
    )

    check = commands.add_parser("check", help="say everything that is wrong with a settings file")
    check.add_argument(
        "--config", type=Path, required=True, metavar="FILE.toml", help="the file to look at"
    )
    return parser


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="be a speaker until stopped")
    run.add_argument(
        "--sip-port",
        type=_port,
        metavar="N",
        help="UDP and TCP port for SIP, TLS on the next one; 0: any free ones",
    )
    run.add_argument(
        "--http-port",
        type=_port,
        metavar="N",
        help="TCP port for HTTP, HTTPS on the next one; 0: any free ones",
    )
    run.add_argument(
        "--output", metavar="URI", help="loudspeaker: system[:NAME], null, wav:PATH, loop"
    )
    run.add_argument(
        "--input",
        metavar="URI",
        help="microphone: system[:NAME], null, wav:PATH, loop, room:PATH.wav",
    )
    _add_settings(run)


def _add_test_call(commands: Commands) -> None:
    trial = commands.add_parser(
        "test-call", help="call somebody and say of each step how it went, and why not"
    )
    trial.add_argument("account", metavar="ACCOUNT", help="id of the account to call from")
    trial.add_argument("uri", metavar="URI", help="whom to call: 100, 100@pbx.example or a URI")
    _add_settings(trial)


def _add_calls(commands: Commands) -> None:
    calls = commands.add_parser("calls", help="how the last calls went, and why there was no sound")
    calls.add_argument(
        "number",
        nargs="?",
        type=_count,
        metavar="NUMBER",
        help="of the call to tell everything about (default: a table of the last ones)",
    )
    calls.add_argument(
        "--last", type=_count, default=20, metavar="N", help="how many of them (default: 20)"
    )
    calls.add_argument("--json", action="store_true", help="for programs: a JSON object each")
    _add_data(calls)


def _add_settings(command: argparse.ArgumentParser) -> None:
    """What every command takes that is a speaker, if only for one call."""
    _add_data(command)
    command.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="settings that win over the data folder's"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting that wins over files",
    )
    command.add_argument(
        "--bind", type=_own_address, metavar="ADDRESS", help="listen on this address only"
    )


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        type=Path,
        default=default_data_folder(),
        metavar="DIR",
        help="what the device remembers",
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**8:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to 65535")
    return int(text)


def _own_address(text: str) -> str:
    """An address to listen on. It is also told to the peers, so it must be a particular one."""
    try:
        address = ip_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IP address") from error
    if address.is_unspecified or address.is_multicast:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not one of this machine's addresses; leave --bind out to listen on all"
        )
    return text


def _check(path: Path) -> int:
    from conf.load import check

    problems = check(path)
    for problem in problems:
        print(problem)  # noqa: T201 - what the command is for
    if problems:
        return BAD_SETTINGS
    print("ok")  # noqa: T201
    return OK


def _ports(options: argparse.Namespace) -> dict[str, int]:
    """What the flags of ports set: two devices that differ in them alone can run together."""
    flags: dict[str, int] = {}
    for port, plain, secure in (
        (options.sip_port, "sip.port", "sip.tls_port"),
        (options.http_port, "http.port", "http.https_port"),
    ):
        if port is not None:
            flags |= {plain: port, secure: (port + 1) % 65536 if port else 0}
    return flags


def _run(options: argparse.Namespace) -> int:
    from conf.files.data_folder import DataFolderError
    from conf.store.store_error import StoreError
    from conf.validation.problem import BadSettings
    from speaker.device import StartFailure
    from speaker.run_command import run_device

    try:
        return run_device(options, flags=_ports(options))
    except BadSettings as error:
        for problem in error.problems:
            _complain(str(problem))
        return BAD_SETTINGS
    except (DataFolderError, StoreError, StartFailure) as error:
        _complain(str(error))
        return FAILED


def _complain(sentence: str) -> None:
    print(f"speaker: {sentence}", file=sys.stderr)  # noqa: T201 - for the person who started it


if __name__ == "__main__":
    sys.exit(main())
