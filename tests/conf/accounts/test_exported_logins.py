"""Accounts and tokens go along with an export, and come back with all of it or not at all."""

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conf.accounts.digest_keys import DigestKeys
from conf.accounts.exported_logins import ExportedLogins
from conf.accounts.machine_tokens import MachineTokens
from conf.accounts.role import Role
from conf.accounts.user_accounts import UserAccounts
from conf.store.settings_store import SettingsStore
from conf.validation.problem import BadSettings

PASSWORD = "tr0ub4dor&3"
BY = "root"


class Kept:
    """What a device keeps: settings, accounts and tokens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = store = SettingsStore.open(folder)
        self.accounts = UserAccounts(store.database, store.box, store.audit, lambda: "AXIS_1")
        self.tokens = MachineTokens(store.database, store.audit)

    def export(self, password: str | None = None) -> str:
        logins = ExportedLogins(self.accounts, self.tokens)
        return self.store.export(password=password, attachment=logins)

    def restore(self, text: str, password: str | None = None, *, are_kept: bool = False) -> None:
        logins = ExportedLogins(self.accounts, self.tokens, are_kept=are_kept)
        self.store.restore(text, password=password, attachment=logins, by=BY)

    def problems(self, text: str, password: str | None = None) -> list[str]:
        """Why it is not imported; nothing has changed then, neither here nor on the disk."""
        before = self.facts
        with pytest.raises(BadSettings) as caught:
            self.restore(text, password)
        assert self.facts == before == self.facts_on_disk
        return [str(problem) for problem in caught.value.problems]

    @property
    def facts(self) -> object:
        return self.store.settings, self.accounts.all(), self.tokens.all()

    @property
    def facts_on_disk(self) -> object:
        with closing(Kept(self.folder).store) as store:
            accounts = UserAccounts(store.database, store.box, store.audit, lambda: "AXIS_1")
            tokens = MachineTokens(store.database, store.audit)
            return store.settings, accounts.all(), tokens.all()

    @property
    def audit(self) -> list[str]:
        return [entry.what for entry in self.store.audit.entries()]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Kept]:
    """A device with a name, three accounts and two tokens."""
    kept = Kept(tmp_path / "gate")
    kept.store.change({"device": {"name": "Gate"}}, by=BY)
    kept.accounts.add_first("root", "r00t", ptz=True, address="")
    kept.accounts.add("ellen", "e11en", Role.OPERATOR, comment="night shift", by=BY)
    kept.accounts.add("frank", "fr4nk", Role.VIEWER, by=BY)
    kept.tokens.add("monitor", Role.VIEWER, expires_at=9000, by=BY, wall=1000.0)
    kept.tokens.add("light's, 2", Role.OPERATOR, by=BY, wall=1000.0)
    yield kept
    kept.store.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Kept]:
    """Another device, with an administrator and a token of its own."""
    kept = Kept(tmp_path / "other")
    kept.accounts.add_first("admin", "adm1n", address="")
    kept.tokens.add("monitor", Role.ADMINISTRATOR, by=BY, wall=1.0)
    yield kept
    kept.store.close()


def without_stamps(accounts: UserAccounts) -> list[object]:
    return [
        (each.name, each.role, each.comment, each.ptz, each.password_hash, each.digest_keys)
        for each in accounts.all()
    ]


def test_without_a_password_it_says_who_there_is_and_nothing_that_proves_it(gate: Kept) -> None:
    text = gate.export()
    document = tomllib.loads(text)
    assert document["accounts"][1] == {
        "name": "ellen",
        "role": "operator",
        "comment": "night shift",
        "ptz": False,
        "password": "(hidden)",
    }
    assert [each["token"] for each in document["tokens"]] == ["(hidden)", "(hidden)"]
    for secrets in (text, gate.export(PASSWORD)):
        for account in gate.accounts.all():
            assert account.digest_keys is not None
            assert account.digest_keys.md5 not in secrets
            assert str(account.password_hash) not in secrets
        assert not any(token.digest.hex() in secrets for token in gate.tokens.all())


def test_another_device_lets_the_same_people_and_machines_in(gate: Kept, other: Kept) -> None:
    other.restore(gate.export(PASSWORD), PASSWORD)
    assert other.store.settings.device.name == "Gate"
    assert without_stamps(other.accounts) == without_stamps(gate.accounts)
    assert other.tokens.all() == gate.tokens.all()
    assert other.facts == other.facts_on_disk
    root = other.accounts.get("root")
    assert root is not None
    assert root.password_hash.matches("r00t")
    assert root.digest_keys == DigestKeys.of("root", "AXIS_1", "r00t")
    assert other.audit[-2:] == [
        "accounts imported: added root as administrator, ellen as operator, frank as viewer;"
        " deleted admin",
        "tokens imported, now monitor, light's, 2",
    ]


def test_the_same_device_goes_back_to_who_there_was(gate: Kept) -> None:
    text, before = gate.export(), {each.name: each for each in gate.accounts.all()}
    gate.accounts.change("frank", role=Role.ADMINISTRATOR, by=BY)
    gate.accounts.change("ellen", comment="day shift", by=BY)
    gate.accounts.add("eve", "3v3", Role.ADMINISTRATOR, by=BY)
    gate.tokens.add("extra", Role.VIEWER, by=BY, wall=1.0)
    gate.restore(text)
    after = {each.name: each for each in gate.accounts.all()}
    assert after["frank"].stamp not in ("", before["frank"].stamp)  # ends what was begun
    assert {name: each for name, each in after.items() if name != "frank"} == {
        name: each for name, each in before.items() if name != "frank"
    }
    assert after["frank"].role is Role.VIEWER
    assert [each.name for each in gate.tokens.all()] == ["monitor", "light's, 2"]
    assert gate.audit[-2] == "accounts imported: changed ellen, frank; deleted eve"


def test_an_export_from_before_keeps_those_there_are(gate: Kept) -> None:
    accounts, tokens = gate.accounts.all(), gate.tokens.all()
    gate.restore('[device]\nname = "Hall"\n')
    assert gate.store.settings.device.name == "Hall"
    assert (gate.accounts.all(), gate.tokens.all()) == (accounts, tokens)
    assert gate.audit[-1] == "imported: device.name"


def test_they_can_be_kept_whatever_the_export_says(gate: Kept, other: Kept) -> None:
    accounts, tokens = other.accounts.all(), other.tokens.all()
    other.restore(gate.export(), are_kept=True)
    assert other.store.settings.device.name == "Gate"
    assert (other.accounts.all(), other.tokens.all()) == (accounts, tokens)


def test_passwords_that_nobody_has_are_all_named(gate: Kept, other: Kept) -> None:
    told = other.problems(gate.export())
    assert [each.partition(": ")[0] for each in told] == [
        "tokens[1].token",
        *(f"accounts[{i}].password" for i in range(3)),
    ]
    assert "export with a password" in told[0]


def test_a_device_where_nobody_was_added_changes_nobody_elsewhere(
    tmp_path: Path, gate: Kept
) -> None:
    new = Kept(tmp_path / "new")
    with closing(new.store):
        text = new.export()
    assert "accounts" not in tomllib.loads(text)
    accounts = gate.accounts.all()
    gate.restore(text)
    assert gate.accounts.all() == accounts


def test_entries_may_be_edited_moved_and_taken_out(gate: Kept, other: Kept) -> None:
    text = gate.export(PASSWORD)
    ellen = text[text.index('[[accounts]]\nname = "ellen"') : text.index('[[accounts]]\nname = "f')]
    other.restore(text.replace(ellen, "").replace('"viewer"', '"operator"'), PASSWORD)
    root, frank = other.accounts.all()
    assert root.password_hash.matches("r00t")
    assert frank.password_hash.matches("fr4nk")
    assert frank.role is Role.OPERATOR


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def many(text: str) -> str:
    entry = '[[accounts]]\nname = "u{}"\nrole = "viewer"\n'
    return text.replace("[secrets]", "".join(map(entry.format, range(98))) + "[secrets]")


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (replaced('"administrator"', '"operator"'), "accounts: there is no administrator among"),
        (replaced('"administrator"', '"god"'), 'accounts[0].role: "god" is not "viewer", "op'),
        (replaced('"root"', '"r o"'), "accounts[0].name: 'r o' is not a name of 1 to 14"),
        (replaced('"ellen"', '"frank"'), "accounts[2].name: 'frank' is there twice"),
        (replaced("night shift", "x" * 129), "accounts[1].comment: the comment is not at most 128"),
        (replaced("ptz = true", "ptz = 1"), "accounts[0].ptz: 1 is not `true` or `false`"),
        (replaced("ptz = true", 'colour = "red"'), "accounts[0].colour: is not a setting"),
        (replaced('name = "root"\n', ""), "accounts[0].name: is missing"),
        (replaced('password = "(hidden)"', 'password = "h4"'), "accounts[0].password: can only be"),
        (many, "accounts: are 101, above 100"),
        (replaced('"monitor"', '"a/b"'), "tokens[0].name: 'a/b' is not a name of 1 to 64"),
        (replaced('"monitor"', '"light\'s, 2"'), 'tokens[1].name: "light\'s, 2" is there twice'),
        (replaced("1970-01-01 00:16:40+00:00", "7"), "tokens[0].made_at: 7 "),
        (
            replaced("1970-01-01 00:16:40+00:00", "0001-01-01 00:00:00+14:00"),
            "tokens[0].token: '0001-01-01T00:00:00+14:00' is outside of the years 1970 to 9999",
        ),
        (replaced('made_by = "root"', f'made_by = "{"x" * 129}"'), "tokens[0].made_by: "),
        (lambda _: "accounts = 5", "accounts: is not a list"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changes(
    gate: Kept, other: Kept, edit: Callable[[str], str], told: str
) -> None:
    problems = other.problems(edit(gate.export(PASSWORD)), PASSWORD)
    assert any(each.startswith(told) for each in problems), problems
    assert "h4" not in str(problems)


def test_problems_of_settings_accounts_and_tokens_are_told_together(gate: Kept) -> None:
    text = gate.export().replace('name = "Gate"', "name = 5")
    text = text.replace('"ellen"', '"e n"').replace('"monitor"', '"other"')
    assert [each.partition(": ")[0] for each in gate.problems(text)] == [
        "device.name",
        "tokens[0].token",
        "accounts[1].name",
        "accounts[1].password",
    ]


@pytest.mark.parametrize(
    ("name", "secret", "told"),
    [
        ("accounts.root.password", "scrypt$40$8$1$AAAA$AAAA", "is hashed at a cost"),
        ("accounts.root.password", "scrypt$14$8$1$AAAA$AAAA", "is hashed at a cost"),
        ("accounts.root.password", "plain", "no hash of a password"),
        ("accounts.root.password", "scrypt$x$8$1$AAAA$AAAA", "no hash of a password"),
        ("tokens.monitor", "zz", "no hash of a token"),
    ],
)
def test_secrets_that_are_none_are_refused(
    gate: Kept, other: Kept, name: str, secret: str, told: str
) -> None:
    logins = ExportedLogins(gate.accounts, gate.tokens)
    attached = logins.exported()
    attached = type(attached)(attached.tables, {**attached.secrets, name: secret})
    logins = ExportedLogins(other.accounts, other.tokens)
    with pytest.raises(BadSettings, match=told), logins.becoming(attached, by=BY, address=""):
        pytest.fail("it was taken")


def test_what_the_disk_does_not_take_leaves_everything_as_it_was(gate: Kept, other: Kept) -> None:
    text, before = gate.export(PASSWORD), other.facts
    with other.store.database.transaction() as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON tokens BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(sqlite3.IntegrityError):
        other.restore(text, PASSWORD)
    assert other.facts == before == other.facts_on_disk
