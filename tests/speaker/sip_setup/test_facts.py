"""The account that the assistant makes of what an installer tells."""

import pytest

from conf.settings import AccountSettings, Settings, SipSettings
from conf.validation.problem import BadSettings
from conf.values.secret import HIDDEN, Secret
from speaker.sip_setup.facts import Entry, Facts, draft
from speaker.sip_setup.saving import accounts_of

SERVER = "pbx.example"
DIRECT = AccountSettings(id="peer_to_peer", default=True)


def accounts(*more: AccountSettings) -> list[Entry]:
    return accounts_of(Settings(sip=SipSettings(accounts=(DIRECT, *more))))


def extension(id_: str = "office", **more: object) -> AccountSettings:
    return AccountSettings.model_validate(
        {
            "id": id_,
            "mode": "registered",
            "user_id": "100",
            "registrar": SERVER,
            "password": "secret",
            **more,
        }
    )


def facts(**more: object) -> Facts:
    return Facts(registrar=SERVER, user_id="100", **more)  # type: ignore[arg-type]


def test_a_new_account_has_an_id_of_its_own_and_leaves_the_others_as_they_are() -> None:
    before = accounts(extension("pbx", user_id="101"))
    drafted = draft(before, facts(password=Secret("new")))
    assert (drafted.id, drafted.is_new) == ("pbx-2", True)
    assert drafted.entries[:-1] == before
    assert drafted.entry["password"] == "new"
    assert drafted.entry["mode"] == "registered"


def test_the_same_user_there_is_the_account_that_is_changed() -> None:
    drafted = draft(accounts(extension(answer_automatically=False)), facts())
    assert (drafted.id, drafted.is_new) == ("office", False)
    assert drafted.entry["answer_automatically"] is False
    assert drafted.entry["password"] == HIDDEN


@pytest.mark.parametrize(
    "other",
    [
        {"registrar": "evil.example", "user_id": "100"},
        {"registrar": SERVER, "user_id": "101"},
        {"registrar": SERVER, "user_id": "100", "domain": "evil.example"},
        {"registrar": SERVER, "user_id": "100", "authentication_id": "101"},
    ],
)
def test_a_password_that_is_kept_goes_to_no_other_server_and_user(other: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="password: is needed"):
        draft(accounts(extension()), Facts(account="office", **other))  # type: ignore[arg-type]


def test_the_new_default_account_is_the_only_one() -> None:
    entries = draft(accounts(), facts(default=True)).entries
    assert [each.get("default", False) for each in entries] == [False, True]


def test_without_a_server_the_peer_to_peer_account_is_meant() -> None:
    drafted = draft(accounts(extension()), Facts(user_id="door"))
    assert (drafted.id, drafted.is_new) == ("peer_to_peer", False)
    assert drafted.entry["user_id"] == "door"


def test_what_works_goes_into_that_account_only() -> None:
    drafted = draft(accounts(extension()), facts())
    settled = drafted.settled({"transport": "tls"})
    assert [each["transport"] for each in settled] == ["udp", "tls"]
