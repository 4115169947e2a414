"""`call`, `answer`, `hang-up`, `digits`, `hold`, `resume`, `transfer`, and `calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.ctl.call_table import call_table
from speaker.ctl.told import Told
from speaker.ctl.trouble import Trouble

if TYPE_CHECKING:
    import argparse

    from speaker.ctl.errand import Commands, Errand


def add_commands(commands: Commands) -> None:
    """Make them known."""
    commands.add("calls", tell_calls, "the calls that are up")
    call = commands.add("call", place_call, "call somebody")
    call.add_argument(
        "uri", metavar="URI", help="a SIP address, or a number at the account's server"
    )
    call.add_argument(
        "--account", metavar="ID", help="call from this account (default: the default)"
    )
    _add_call(commands.add("answer", answer, "answer the call that rings"))
    _add_call(commands.add("hang-up", hang_up, "end a call, or refuse it"))
    _add_call(commands.add("hold", hold, "put a call on hold"))
    _add_call(commands.add("resume", resume, "talk again after a hold"))
    digits = commands.add("digits", send_digits, "press keys in a call")
    digits.add_argument("digits", metavar="DIGITS", help="0 to 9, A to D, * and #")
    _add_call_option(digits)
    transfer = commands.add("transfer", transfer_call, "let the other side talk to somebody else")
    transfer.add_argument("uri", metavar="URI", help="to whom")
    _add_call_option(transfer)


def _add_call(parser: argparse.ArgumentParser) -> None:
    help_ = "which one, as `calls` tells it (default: the only one)"
    parser.add_argument("call", nargs="?", metavar="CALL", help=help_)


def _add_call_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--call", metavar="CALL", help="which one (default: the only one)")


def tell_calls(errand: Errand) -> None:
    """Print a table of them."""
    told = errand.api.get("/calls")
    calls = Told(told).objects("calls")
    errand.output.tell(told, call_table(calls) if calls else ["no calls"])


def place_call(errand: Errand) -> None:
    """Begin a call; whether anybody answers shows later."""
    body = {"uri": errand.options.uri, "account": errand.options.account}
    told = errand.api.post("/call", body)
    errand.output.tell(told, [f"calls {errand.options.uri}: call {Told(told).text('call')}"])


def answer(errand: Errand) -> None:
    """Answer the one that rings, which may not be the only one."""
    _command(errand, "/answer", "answered", states=("ringing", "announcing"))


def hang_up(errand: Errand) -> None:
    """End a call."""
    _command(errand, "/hang-up", "ended")


def hold(errand: Errand) -> None:
    """Put the peer on hold."""
    _command(errand, "/hold", "on hold")


def resume(errand: Errand) -> None:
    """End a hold."""
    _command(errand, "/resume", "resumed")


def send_digits(errand: Errand) -> None:
    """Press keys."""
    _command(errand, "/digits", f"pressed {errand.options.digits}", digits=errand.options.digits)


def transfer_call(errand: Errand) -> None:
    """Let the peer call somebody else."""
    uri = errand.options.uri
    _command(errand, "/transfer", f"asked to talk to {uri} instead", uri=uri)


def _command(
    errand: Errand, path: str, outcome: str, *, states: tuple[str, ...] = (), **more: str
) -> None:
    call = errand.options.call or _the_only_one(errand, states)
    told = errand.api.post(path, {"call": call, **more})
    errand.output.tell(told, [f"call {call}: {outcome}"])


def _the_only_one(errand: Errand, states: tuple[str, ...]) -> str:
    """The call that is meant where none was named.

    Raises:
        Trouble: there is none, or it might be one of several.
    """
    calls = Told(errand.api.get("/calls")).objects("calls")
    found = [each.text("call") for each in calls if not states or each.text("state") in states]
    if not found:
        raise Trouble("no call rings" if states else "there is no call")
    if len(found) > 1:
        raise Trouble(f"which call? There are {', '.join(found)}")
    return found[0]
