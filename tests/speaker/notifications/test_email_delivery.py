"""Recipients of email, by a mail server that somebody else wrote."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from speaker.notifications import email_delivery
from speaker.notifications.notification import Notification
from tests.certificates import AuthorityFolder
from tests.speaker.notifications.mail_server import NAME, PASSWORD, Mailbox, mail_server
from tests.speaker.notifications.telling import NOON, failure_of, settings, tell
from tests.speaker.notifications.web_server import listening, served_by

LOGIN = {"username": NAME, "password": PASSWORD}
TOLD = Notification(subject="Gate 3 – Tür", message="It is open.\n.\nClose it.")


def mail(server: Mailbox, **more: Any) -> dict[str, Any]:
    """A recipient by this server."""
    return {
        "type": "email",
        "email_to": "joe@example.com, ann@example.org",
        "email_from": "door@example.net",
        "host": "127.0.0.1",
        "port": server.port,
        "encryption": "none",
        **more,
    }


@pytest.fixture(scope="module")
def context(authority: AuthorityFolder) -> ssl.SSLContext:
    return served_by(authority.issue("127.0.0.1"))


async def test_an_email_reaches_each_address_with_its_subject_and_every_line() -> None:
    async with mail_server() as server:
        assert await tell(mail(server), TOLD) == ""
    [got] = server.mails
    assert server.to == [["joe@example.com", "ann@example.org"]]
    assert (got["From"], got["To"]) == ("door@example.net", "joe@example.com, ann@example.org")
    assert got["Subject"] == "Gate 3 – Tür"
    assert got["Date"].datetime == NOON
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"].endswith("@example.net>")
    assert got.get_content().splitlines() == ["It is open.", ".", "Close it."]


async def test_one_without_a_subject_is_of_the_speaker_and_may_be_for_others() -> None:
    async with mail_server() as server:
        told = Notification(message="it rings", email_to="eve@example.com")
        assert await tell(mail(server), told, device={"name": "Door"}) == ""
    assert server.mails[0]["Subject"] == "Door"
    assert server.to == [["eve@example.com"]]


@pytest.mark.parametrize("encryption", ["tls", "ssl"])
async def test_name_and_password_go_over_tls(
    tmp_path: Path, authority: AuthorityFolder, context: ssl.SSLContext, encryption: str
) -> None:
    (tmp_path / "ours.pem").write_bytes(authority.path.read_bytes())
    async with mail_server(context, encrypted=encryption == "ssl") as server:
        recipient = mail(server, encryption=encryption, **LOGIN)
        assert await tell(recipient, TOLD, certificates=tmp_path) == ""
        wrong = {**recipient, "password": "wrong"}
        why = await tell(wrong, TOLD, certificates=tmp_path)
        assert why.startswith("does not accept the user name or the password (535 ")
        why = await tell(recipient, TOLD)
        assert why.startswith("shows a certificate that is not trusted: its CA is not known")
    assert server.logged_in == [True]


async def test_without_starttls_nothing_is_sent_where_encryption_is_asked_for() -> None:
    async with mail_server() as server:
        why = await tell(mail(server, encryption="tls", **LOGIN), TOLD)
    assert why == 'offers no encryption by STARTTLS: try encryption "ssl"'
    assert server.mails == []


async def test_what_the_server_says_to_an_address_is_told() -> None:
    async with mail_server() as server:
        server.refused["ann@example.org"] = "550 5.1.1 no such user here"
        why = await tell(mail(server), TOLD)
        assert why == "has taken it, but not for ann@example.org: 550 5.1.1 no such user here"
        server.refused["joe@example.com"] = "550 5.1.1 no such user here"
        why = await tell(mail(server), TOLD)
        assert why.startswith("does not take it for joe@example.com: 550 5.1.1 no such user here")
    assert len(server.mails) == 1


async def test_what_may_work_later_is_told_from_what_will_not() -> None:
    """RFC 5321 §4.2.1: 4yz is for now, 5yz for good."""
    async with mail_server() as server:
        recipient = settings(mail(server, email_to="joe@example.com"))
        for answer, is_temporary in (("450 4.2.0 greylisted", True), ("550 5.1.1 nobody", False)):
            server.refused["joe@example.com"] = answer
            failure = await failure_of(recipient)
            assert failure is not None
            assert (failure.temporary, failure.untouched) == (is_temporary, False)
    failure = await failure_of(recipient)
    assert failure is not None
    assert failure.untouched


async def test_a_server_that_talks_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_delivery, "WHOLE_S", 5.0)

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-and another line of the greeting\r\n" * 1000)
            await writer.drain()

    async with listening(talk) as port:
        why = await tell(mail(Mailbox(port)), TOLD)
    assert "Response too long" in why


async def test_a_silent_server_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_delivery, "WHOLE_S", 0.1)

    async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(say_nothing) as port:
        assert await tell(mail(Mailbox(port)), TOLD) == "does not answer in time"


async def test_where_no_server_listens_that_is_said() -> None:
    async with mail_server() as server:
        pass
    assert await tell(mail(server), TOLD) == "refuses the connection: nothing listens there"


async def silent_after(
    word: bytes, port_of: asyncio.Future[int], left: asyncio.Future[str]
) -> None:
    """A mail server that says nothing more once it was told `word`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        is_text = False
        while line := await reader.readline():
            if line.startswith(word):
                break
            if is_text and line != b".\r\n":
                continue
            is_text = line.startswith(b"DATA")
            writer.write(b"354 go on\r\n" if is_text else b"250 well\r\n")
        rest = await reader.read()
        left.set_result(rest.decode())

    async with listening(serve) as port:
        port_of.set_result(port)
        await left


async def by_a_server_that_is_silent_after(word: bytes) -> tuple[str, str]:
    """How it goes, and what the server is told after that word."""
    loop = asyncio.get_running_loop()
    port, left = loop.create_future(), loop.create_future()
    serving = asyncio.create_task(silent_after(word, port, left))
    failure = await tell(mail(Mailbox(port=await port)), TOLD)
    await serving
    return failure, left.result()


async def test_what_the_server_has_taken_is_told_although_it_says_no_good_bye(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(email_delivery, "LEAVE_S", 0.1)
    assert await by_a_server_that_is_silent_after(b"QUIT") == ("", "")


async def test_a_server_that_is_silent_is_left_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it were told, the answer would be waited for once more."""
    monkeypatch.setattr(email_delivery, "WHOLE_S", 0.3)
    failure, rest = await by_a_server_that_is_silent_after(b"MAIL")
    assert failure == "does not answer in time"
    assert rest == ""
