"""`python -m tools.phone call …` and `listen …`."""

import os
import signal
import sys
from dataclasses import replace
from typing import TextIO

from tools.phone.addresses import UnknownHost, address_towards, host_of
from tools.phone.command_line import read_orders
from tools.phone.conversation import Conversation
from tools.phone.line import Line, LineFailure
from tools.phone.orders import CallOrder, ListenOrder
from tools.phone.outcome import ExitCode, Outcome


def main() -> ExitCode:
    """Carry out the command line: figures to standard output, the story to standard error."""
    order = read_orders(sys.argv[1:])
    with _standard_output_for_us(verbose=order.line.verbose) as figures:
        try:
            outcome = _carry_out(order)
        except (LineFailure, UnknownHost) as error:
            _tell(str(error))
            return ExitCode.BROKEN
        print(outcome, file=figures)
        return outcome.exit_code


def _carry_out(order: CallOrder | ListenOrder) -> Outcome:
    line_order = order.line
    if line_order.bind is None and isinstance(order, CallOrder):
        line_order = replace(line_order, bind=address_towards(host_of(order.uri)))
    with Line(line_order, order.talk) as line:
        conversation = Conversation(line, order.talk, _tell)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: conversation.want_hang_up())
        match order:
            case CallOrder():
                return conversation.call(order)
            case ListenOrder():
                return conversation.listen(order)


def _standard_output_for_us(*, verbose: bool) -> TextIO:
    """Keep standard output for the JSON line: the library prints its log to descriptor 1."""
    figures = os.fdopen(os.dup(1), "w")
    elsewhere = 2 if verbose else os.open(os.devnull, os.O_WRONLY)
    os.dup2(elsewhere, 1)
    return figures


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
