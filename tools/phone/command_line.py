"""The phone's arguments, read into orders."""

import argparse
import re
from pathlib import Path

from tools.phone.orders import (
    DEFAULT_CODECS,
    CallOrder,
    DigitMethod,
    Encryption,
    LineOrder,
    ListenOrder,
    Registration,
    TalkOrder,
    Transport,
)
from tools.phone.script import PAUSE, PAUSE_S

EXIT_CODES = """\
exit codes: 0 answered and ended normally, 1 the phone itself failed, 2 usage, 3 refused,
4 no answer, 5 network (nobody there, or lost during the call)

One JSON line on standard output tells how the call went; what happens is told on standard error.
Control-C hangs up."""


def read_orders(arguments: list[str]) -> CallOrder | ListenOrder:
    """Read the arguments; on a mistake print the usage and exit with 2."""
    parser = _parser()
    read = parser.parse_args(arguments)
    if bool(read.register) != bool(read.user):
        parser.error("--register and --user: one needs the other")
    if read.resume_at is not None and (read.hold_at is None or read.resume_at <= read.hold_at):
        parser.error(f"--resume-at {read.resume_at}: must be later than --hold-at")
    if (read.change_codec_at is None) != (not read.change_codec_to):
        parser.error("--change-codec-at and --change-codec-to: one needs the other")
    if (read.refer_at is None) != (not read.refer_to):
        parser.error("--refer-at and --refer-to: one needs the other")
    line, talk = _line_order(read), _talk_order(read)
    if read.order == "call":
        return CallOrder(
            uri=read.uri,
            headers=tuple(read.header),
            give_up_after_s=read.give_up_after,
            line=line,
            talk=talk,
        )
    return ListenOrder(
        answer_after_s=read.answer_after,
        refuse_with=read.refuse,
        wait_s=read.wait,
        line=line,
        talk=talk,
    )


def _line_order(read: argparse.Namespace) -> LineOrder:
    registration = None
    if read.register:
        registration = Registration(registrar=read.register, user=read.user, password=read.password)
    return LineOrder(
        transport=Transport(read.transport),
        bind=read.bind,
        local_port=read.local_port,
        certificate=read.certificate,
        encryption=Encryption(read.srtp),
        rtcp_mux=read.rtcp_mux,
        codecs=tuple(read.codec) or DEFAULT_CODECS,
        registration=registration,
        verbose=read.verbose,
    )


def _talk_order(read: argparse.Namespace) -> TalkOrder:
    return TalkOrder(
        play=read.play,
        play_loop=read.play_loop,
        record=read.record,
        dtmf=read.dtmf,
        dtmf_delay_s=read.dtmf_delay,
        dtmf_method=DigitMethod(read.dtmf_method),
        hold_at_s=read.hold_at,
        resume_at_s=read.resume_at,
        change_codec_at_s=read.change_codec_at,
        change_codec_to=read.change_codec_to,
        refer_at_s=read.refer_at,
        refer_to=read.refer_to or "",
        duration_s=read.duration,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.phone",
        description="A telephone: calls the speaker, or waits to be called.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    orders = parser.add_subparsers(dest="order", required=True)
    call = orders.add_parser("call", help="call somebody")
    call.add_argument("uri", metavar="URI", type=_sip_uri, help="sip:USER@HOST:PORT")
    call.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        type=_header,
        action="append",
        default=[],
        help="header field to add to the INVITE; may be repeated",
    )
    call.add_argument(
        "--give-up-after",
        metavar="S",
        type=_seconds,
        default=60.0,
        help="cancel a call that is not answered by then (default: 60)",
    )
    listen = orders.add_parser("listen", help="wait for one call")
    listen.add_argument(
        "--answer-after", metavar="S", type=_seconds, default=0.0, help="ring so long (default: 0)"
    )
    listen.add_argument("--refuse", metavar="CODE", type=_refusal, help="refuse the call, e.g. 486")
    listen.add_argument("--wait", metavar="S", type=_seconds, help="give up when nobody calls")
    for order in (call, listen):
        order.epilog = EXIT_CODES
        order.formatter_class = argparse.RawDescriptionHelpFormatter
        _add_line_arguments(order)
        _add_talk_arguments(order)
    return parser


def _add_line_arguments(parser: argparse.ArgumentParser) -> None:
    line = parser.add_argument_group("line")
    line.add_argument(
        "--transport", choices=_names(Transport), default="udp", help="of SIP (default: udp)"
    )
    line.add_argument(
        "--certificate",
        metavar="PEM",
        type=_existing_file,
        help="with its key, for TLS; needed to be called by it",
    )
    line.add_argument(
        "--srtp", choices=_names(Encryption), default="off", help="encrypted sound (default: off)"
    )
    line.add_argument("--rtcp-mux", action="store_true", help="RTCP on the port of RTP")
    line.add_argument(
        "--codec",
        metavar="NAME",
        action="append",
        default=[],
        help=f"codec to offer, best first; may be repeated (default: {' '.join(DEFAULT_CODECS)})",
    )
    line.add_argument("--register", metavar="REGISTRAR", type=_sip_uri, help="register there first")
    line.add_argument("--user", metavar="U", default="", help="user to register as")
    line.add_argument("--password", metavar="P", default="", help="of that user")
    line.add_argument("--bind", metavar="ADDRESS", help="local IPv4 address (default: found out)")
    line.add_argument(
        "--local-port", metavar="N", type=int, default=0, help="SIP port (default: any)"
    )
    line.add_argument("--verbose", action="store_true", help="PJSIP's log on standard error")


def _add_talk_arguments(parser: argparse.ArgumentParser) -> None:
    talk = parser.add_argument_group("talk (times in seconds after the answer)")
    talk.add_argument("--play", metavar="WAV", type=_existing_file, help="16-bit mono, any rate")
    talk.add_argument("--play-loop", action="store_true", help="play the file again at its end")
    talk.add_argument("--record", metavar="WAV", type=Path, help="what is heard, at 16 kHz")
    talk.add_argument(
        "--dtmf",
        metavar="KEYS",
        type=_keys,
        default="",
        help=f"keys to press; a {PAUSE} among them waits {PAUSE_S:.0f} s",
    )
    talk.add_argument(
        "--dtmf-delay", metavar="S", type=_seconds, default=1.0, help="when to begin (default: 1)"
    )
    talk.add_argument(
        "--dtmf-method",
        choices=_names(DigitMethod),
        default="rfc4733",
        help="RTP events or SIP INFO (default: rfc4733)",
    )
    talk.add_argument("--hold-at", metavar="S", type=_seconds, help="put the call on hold")
    talk.add_argument("--resume-at", metavar="S", type=_seconds, help="take it off hold")
    talk.add_argument(
        "--change-codec-at", metavar="S", type=_seconds, help="ask for another codec by re-INVITE"
    )
    talk.add_argument(
        "--change-codec-to", metavar="NAME", default="", help="which one, as in SDP: PCMA"
    )
    talk.add_argument(
        "--refer-at", metavar="S", type=_seconds, help="ask the other side to call somebody else"
    )
    talk.add_argument("--refer-to", metavar="URI", type=_sip_uri, help="whom (a blind transfer)")
    talk.add_argument(
        "--duration", metavar="S", type=_seconds, help="hang up then (default: the peer does)"
    )


def _names(kind: type[Transport] | type[Encryption] | type[DigitMethod]) -> list[str]:
    return [one.value for one in kind]


def _sip_uri(text: str) -> str:
    if not re.fullmatch(r"sips?:[^\s<>]+", text):
        raise argparse.ArgumentTypeError(f"{text}: must start with sip: or sips:")
    return text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[\w.!%*+`'~-]+", name):
        raise argparse.ArgumentTypeError(f"{text}: must read NAME: VALUE")
    return name, value.strip()


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text}: must be seconds, 0 or more")
    return float(text)


def _refusal(text: str) -> int:
    if not re.fullmatch(r"[3-6]\d\d", text):
        raise argparse.ArgumentTypeError(f"{text}: must be a status code from 300 to 699")
    return int(text)


def _keys(text: str) -> str:
    if not re.fullmatch(rf"[0-9A-D*#{PAUSE}]{{0,32}}", text):
        raise argparse.ArgumentTypeError(
            f"{text}: must be at most 32 of 0-9, *, #, A-D and {PAUSE}"
        )
    return text


def _existing_file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text}: there is no such file")
    return Path(text)
