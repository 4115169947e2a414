from pathlib import Path

import pytest

from tools.phone.command_line import read_orders
from tools.phone.orders import (
    DEFAULT_CODECS,
    CallOrder,
    DigitMethod,
    Encryption,
    ListenOrder,
    Registration,
    Transport,
)

URI = "sip:speaker@127.0.0.1:5060"


def read_call(*arguments: str) -> CallOrder:
    order = read_orders(["call", URI, *arguments])
    assert isinstance(order, CallOrder)
    return order


def read_listen(*arguments: str) -> ListenOrder:
    order = read_orders(["listen", *arguments])
    assert isinstance(order, ListenOrder)
    return order


def test_call_needs_no_more_than_whom_to_call() -> None:
    order = read_call()
    assert order.uri == URI
    assert order.line.transport is Transport.UDP
    assert order.line.encryption is Encryption.OFF
    assert order.line.codecs == DEFAULT_CODECS
    assert order.talk.duration_s is None
    assert order.talk.dtmf == ""


def test_options_of_the_line_are_read() -> None:
    order = read_call(
        *("--transport", "tls", "--srtp", "mandatory", "--codec", "PCMA", "--codec", "G722"),
        *("--bind", "127.0.0.2", "--local-port", "5070", "--verbose"),
    )
    assert order.line.transport is Transport.TLS
    assert order.line.encryption is Encryption.MANDATORY
    assert order.line.codecs == ("PCMA", "G722")
    assert (order.line.bind, order.line.local_port, order.line.verbose) == ("127.0.0.2", 5070, True)


def test_the_certificate_of_the_phone_must_be_there(tmp_path: Path) -> None:
    pem = tmp_path / "phone.pem"
    pem.touch()
    assert read_listen("--certificate", str(pem)).line.certificate == pem
    with pytest.raises(SystemExit):
        read_listen("--certificate", str(tmp_path / "missing.pem"))


def test_options_of_the_talk_are_read(tmp_path: Path) -> None:
    wav = tmp_path / "words.wav"
    wav.touch()
    order = read_listen(
        *("--play", str(wav), "--play-loop", "--record", "heard.wav", "--duration", "7.5"),
        *("--dtmf", "12,#", "--dtmf-delay", ".5", "--dtmf-method", "info"),
        *("--hold-at", "1", "--resume-at", "2"),
    )
    talk = order.talk
    assert (talk.play, talk.play_loop, talk.record) == (wav, True, Path("heard.wav"))
    assert (talk.dtmf, talk.dtmf_delay_s, talk.dtmf_method) == ("12,#", 0.5, DigitMethod.INFO)
    assert (talk.hold_at_s, talk.resume_at_s, talk.duration_s) == (1.0, 2.0, 7.5)


def test_listen_answers_at_once_and_waits_for_ever_unless_told() -> None:
    order = read_listen()
    assert (order.answer_after_s, order.refuse_with, order.wait_s) == (0.0, None, None)
    order = read_listen("--answer-after", "2", "--refuse", "486", "--wait", "10")
    assert (order.answer_after_s, order.refuse_with, order.wait_s) == (2.0, 486, 10.0)


def test_headers_are_split_at_the_first_colon() -> None:
    order = read_call("--header", "Call-Info: <sip:a.invalid>;answer-after=0", "--header", "X:")
    assert order.headers == (("Call-Info", "<sip:a.invalid>;answer-after=0"), ("X", ""))


def test_registration_keeps_its_password_out_of_sight() -> None:
    options = ("--register", "sip:pbx.invalid", "--user", "100", "--password", "secret")
    registration = read_call(*options).line.registration
    expected = Registration(registrar="sip:pbx.invalid", user="100", password="secret")
    assert registration == expected
    assert "secret" not in repr(registration)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (["--duration", "-1"], "-1"),
        (["--duration", "soon"], "soon: must be seconds"),
        (["--dtmf", "1x"], "1x: must be at most 32"),
        (["--dtmf", "1" * 33], "must be at most 32"),
        (["--play", "/nowhere.wav"], "/nowhere.wav: there is no such file"),
        (["--header", "no colon"], "no colon: must read NAME: VALUE"),
        (["--header", "bad name: value"], "must read NAME: VALUE"),
        (["--transport", "sctp"], "sctp"),
        (["--register", "sip:pbx.invalid"], "one needs the other"),
        (["--user", "100"], "one needs the other"),
        (["--resume-at", "2"], "--resume-at 2.0: must be later than --hold-at"),
        (["--hold-at", "2", "--resume-at", "1"], "must be later than --hold-at"),
    ],
)
def test_mistake_is_named_and_exits_with_2(
    wrong: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_of:
        read_orders(["call", URI, *wrong])
    assert exit_of.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("uri", ["speaker", "tel:+4612345", "sip:", "sip:a b", "<sip:a@b>"])
def test_only_sip_uris_can_be_called(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_orders(["call", uri])
    assert "must start with sip:" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["200", "299", "700", "busy"])
def test_call_can_be_refused_only_with_a_final_negative_code(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RFC 3261 §7.2: 3xx to 6xx."""
    with pytest.raises(SystemExit):
        read_orders(["listen", "--refuse", code])
    assert f"{code}: must be a status code from 300 to 699" in capsys.readouterr().err
