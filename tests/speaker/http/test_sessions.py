"""Sessions of the web page: when they begin and end."""

from dataclasses import replace

from conf.accounts.password_hash import NOBODYS
from conf.accounts.role import Role
from conf.accounts.user_account import UserAccount
from speaker.http.sessions import MAXIMUM_PER_ACCOUNT, SessionLimits, Sessions

JOE = UserAccount(name="joe", role=Role.VIEWER, stamp="1", password_hash=NOBODYS, digest_keys=None)


class Accounts(dict[str, UserAccount]):
    """Who there is."""


def sessions(accounts: Accounts | None = None) -> Sessions:
    known = Accounts(joe=JOE) if accounts is None else accounts
    return Sessions(known.get, lambda: SessionLimits(idle_s=100.0, longest_s=1000.0))


def test_a_cookie_tells_who_it_is() -> None:
    table = sessions()
    cookie, session = table.begin(JOE, 0.0)
    assert table.find(cookie, 1.0) == (session, JOE)
    assert table.find(cookie + "x", 1.0) is None
    assert table.find("", 1.0) is None


def test_what_changes_something_repeats_the_token() -> None:
    _, session = sessions().begin(JOE, 0.0)
    assert session.allows(session.csrf_token)
    assert not any(session.allows(each) for each in ("", "x", "\xe9", session.csrf_token[:-1]))


def test_cookies_and_tokens_are_not_alike() -> None:
    table = sessions()
    made = [table.begin(JOE, 0.0) for _ in range(5)]
    texts = [text for cookie, session in made for text in (cookie, session.csrf_token)]
    assert len(set(texts)) == 10
    assert min(map(len, texts)) >= 43


def test_an_idle_session_ends() -> None:
    table = sessions()
    cookie, _ = table.begin(JOE, 0.0)
    assert table.find(cookie, 99.0)
    assert table.find(cookie, 198.0)
    assert table.find(cookie, 298.0) is None
    assert len(table) == 0


def test_a_session_ends_after_its_time_in_any_case() -> None:
    table = sessions()
    cookie, _ = table.begin(JOE, 0.0)
    assert all(table.find(cookie, float(now)) for now in range(0, 1000, 50))
    assert table.find(cookie, 1000.0) is None


def test_asking_whether_it_goes_on_does_not_keep_it_alive() -> None:
    table = sessions()
    cookie, _ = table.begin(JOE, 0.0)
    assert table.goes_on(cookie, 99.0)
    assert not table.goes_on(cookie, 100.0)
    assert not table.goes_on("", 0.0)


def test_logging_out_ends_it() -> None:
    table = sessions()
    cookie, _ = table.begin(JOE, 0.0)
    table.end(cookie)
    table.end(cookie)
    assert table.find(cookie, 0.0) is None


def test_it_ends_at_once_when_the_account_is_another() -> None:
    for change in ({}, {"joe": replace(JOE, stamp="2")}):
        accounts = Accounts(joe=JOE)
        table = sessions(accounts)
        cookie, _ = table.begin(JOE, 0.0)
        accounts.clear()
        accounts.update(change)
        assert table.find(cookie, 0.0) is None


def test_an_account_has_so_many_and_the_one_used_least_recently_ends() -> None:
    table = sessions()
    cookies = [table.begin(JOE, float(now))[0] for now in range(MAXIMUM_PER_ACCOUNT)]
    table.find(cookies[0], 20.0)
    latest, _ = table.begin(JOE, 21.0)
    there = [table.find(cookie, 21.0) is not None for cookie in (*cookies, latest)]
    assert there == [True, False, *[True] * (MAXIMUM_PER_ACCOUNT - 1)]
    assert len(table) == MAXIMUM_PER_ACCOUNT


def test_those_that_have_ended_are_forgotten_when_another_begins() -> None:
    table = sessions(Accounts(joe=JOE, eve=replace(JOE, name="eve")))
    table.begin(JOE, 0.0)
    table.begin(replace(JOE, name="eve"), 100.0)
    assert len(table) == 1
