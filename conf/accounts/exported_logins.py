"""Accounts and tokens as a part of exports: `[[accounts]]` and `[[tokens]]` beside the settings.

Their entries say who there is, and `(hidden)` where something proves it: hashes of passwords, keys
for Digest and hashes of tokens are among the secrets of an export, which only a password brings
along. They are told apart by names, so that entries can be edited and moved.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, ValidationError

from conf.accounts.account_error import AccountNeeded, BadAccount
from conf.accounts.account_rules import (
    MAXIMUM_ACCOUNTS,
    check_comment,
    check_name,
    seconds_since_1970,
)
from conf.accounts.digest_keys import DigestKeys
from conf.accounts.machine_tokens import (
    MAXIMUM_TOKENS,
    MachineToken,
    MachineTokens,
    check_token_name,
)
from conf.accounts.password_hash import PasswordHash
from conf.accounts.role import Role, RoleName
from conf.accounts.user_account import UserAccount
from conf.accounts.user_accounts import UserAccounts
from conf.sections.table import Table
from conf.store.attachment import Attached, Write
from conf.validation.problem import BadSettings, Problem
from conf.validation.validate import problems_of, with_tuples
from conf.values.secret import HIDDEN

ACCOUNTS: Final = "accounts"
TOKENS: Final = "tokens"

LONGEST_MADE_BY: Final = 128
"""Characters: a token may have made it, and is called `token NAME` then."""


NOT_KNOWN: Final = (
    f'is "{HIDDEN}", and there is none that could be kept: export with a password, or take the'
    " entry out"
)
ONLY_HIDDEN: Final = f'can only be "{HIDDEN}" here'

_DIGEST_KEYS: Final = re.compile(r"([0-9a-f]{32}:[0-9a-f]{64}):([\x20-\x7e]{1,64})")
_TOKEN: Final = re.compile(r"[0-9a-f]{64}")


class ExportedAccount(Table):
    """One of `[[accounts]]`."""

    name: str
    role: RoleName
    comment: str = ""
    ptz: bool = False
    password: str = HIDDEN


class ExportedToken(Table):
    """One of `[[tokens]]`."""

    name: str
    role: RoleName
    made_by: Annotated[str, Field(max_length=LONGEST_MADE_BY)] = ""
    made_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    token: str = HIDDEN


class Exported(Table):
    """Both tables; one that is not there leaves what there is."""

    accounts: tuple[ExportedAccount, ...] | None = None
    tokens: tuple[ExportedToken, ...] | None = None


class ExportedLogins:
    """Who may log in, as an attachment of exports."""

    names = frozenset({ACCOUNTS, TOKENS})

    def __init__(
        self, accounts: UserAccounts, tokens: MachineTokens, *, are_kept: bool = False
    ) -> None:
        """`are_kept`: whatever an import says of them, they stay as they are."""
        self._accounts = accounts
        self._tokens = tokens
        self._are_kept = are_kept

    def exported(self) -> Attached:
        """All of them. Where nobody was ever added there is nothing to tell."""
        accounts, tokens = self._accounts.all(), self._tokens.all()
        if not accounts and not tokens:
            return Attached({})
        secrets: dict[str, str] = {}
        for account in accounts:
            secrets[_password_of(account.name)] = str(account.password_hash)
            if account.digest_keys is not None:
                keys = account.digest_keys
                secrets[_digest_of(account.name)] = f"{keys.text}:{keys.realm}"
        for token in tokens:
            secrets[_token_of(token.name)] = token.digest.hex()
        tables = {
            ACCOUNTS: [_account_table(each) for each in accounts],
            TOKENS: [_token_table(each) for each in tokens],
        }
        return Attached(tables, secrets)

    @contextmanager
    def becoming(self, attached: Attached, *, by: str, address: str) -> Iterator[Write]:
        """Read the entries, and put them in the place of those there are (`Attachment.becoming`).

        Raises:
            BadSettings: with every problem of them.
        """
        try:
            exported = Exported.model_validate(with_tuples(attached.tables))
        except ValidationError as error:
            raise BadSettings(problems_of(error)) from error
        chosen = _Chosen(Exported() if self._are_kept else exported, attached.secrets)
        with ExitStack() as changing:
            try:
                # Tokens first: that an administrator is missing is told when all else is known.
                tokens = changing.enter_context(
                    self._tokens.replacing(chosen.tokens, by=by, address=address)
                )
                accounts = changing.enter_context(
                    self._accounts.replacing(chosen.accounts, by=by, address=address)
                )
            except AccountNeeded as error:
                missing = [Problem(ACCOUNTS, "", str(error))]
                raise BadSettings(chosen.problems or missing) from error
            if chosen.problems:
                raise BadSettings(chosen.problems)

            def write(connection: Connection) -> None:
                accounts(connection)
                tokens(connection)

            yield write


class _Chosen:
    """Those that an import asks for; and what is wrong with them, told when both were asked for."""

    def __init__(self, exported: Exported, secrets: Mapping[str, str]) -> None:
        self._exported = exported
        self._secrets = secrets
        self.problems: list[Problem] = []

    def accounts(self, known: Mapping[str, UserAccount]) -> list[UserAccount]:
        """The accounts, with the passwords of the export, else with those that are `known`."""
        entries = self._exported.accounts
        if entries is None:
            return [*known.values()]
        self._check_names(ACCOUNTS, [each.name for each in entries], check_name, MAXIMUM_ACCOUNTS)
        chosen = []
        for i, entry in enumerate(entries):
            with self._noting(f"{ACCOUNTS}[{i}].comment"):
                check_comment(entry.comment)
            with self._noting(f"{ACCOUNTS}[{i}].password"):
                _check_hidden(entry.password)
                slow, keys = self._proof(entry.name, known.get(entry.name))
                account = UserAccount(
                    name=entry.name,
                    role=Role.of(entry.role),
                    comment=entry.comment,
                    ptz=entry.ptz,
                    password_hash=slow,
                    digest_keys=keys,
                )
                chosen.append(account)
        return chosen

    def tokens(self, known: Mapping[str, MachineToken]) -> list[MachineToken]:
        """The tokens, by the hashes of the export, else by those that are `known`."""
        entries = self._exported.tokens
        if entries is None:
            return [*known.values()]
        self._check_names(TOKENS, [each.name for each in entries], check_token_name, MAXIMUM_TOKENS)
        chosen: dict[bytes, MachineToken] = {}
        for i, entry in enumerate(entries):
            with self._noting(f"{TOKENS}[{i}].token"):
                _check_hidden(entry.token)
                token = MachineToken(
                    name=entry.name,
                    role=Role.of(entry.role),
                    made_by=entry.made_by,
                    made_at=seconds_since_1970(entry.made_at),
                    expires_at=None
                    if entry.expires_at is None
                    else seconds_since_1970(entry.expires_at),
                    digest=self._digest(entry.name, known.get(entry.name)),
                )
                if token.digest in chosen:
                    raise BadAccount(f"is the same as that of {chosen[token.digest].name!r}")
                chosen[token.digest] = token
        return [*chosen.values()]

    def _proof(
        self, name: str, known: UserAccount | None
    ) -> tuple[PasswordHash, DigestKeys | None]:
        """What shows that somebody knows the password of an account."""
        text = self._secrets.get(_password_of(name))
        if text is None:
            if known is None:
                raise BadAccount(NOT_KNOWN)
            return known.password_hash, known.digest_keys
        try:
            slow = PasswordHash.parse(text)
        except ValueError as error:
            raise BadAccount("is among the secrets, and no hash of a password") from error
        if not slow.is_usual:
            raise BadAccount("is hashed at a cost that is not known here")
        keys = _DIGEST_KEYS.fullmatch(self._secrets.get(_digest_of(name), ""))
        return slow, keys and DigestKeys.parse(keys[2], keys[1])

    def _digest(self, name: str, known: MachineToken | None) -> bytes:
        text = self._secrets.get(_token_of(name))
        if text is None:
            if known is None:
                raise BadAccount(NOT_KNOWN)
            return known.digest
        if _TOKEN.fullmatch(text) is None:
            raise BadAccount("is among the secrets, and no hash of a token")
        return bytes.fromhex(text)

    def _check_names(
        self, table: str, names: Sequence[str], check: Callable[[str], None], most: int
    ) -> None:
        if len(names) > most:
            self.problems.append(Problem(table, "", f"are {len(names)}, above {most}"))
        for i, name in enumerate(names):
            with self._noting(f"{table}[{i}].name"):
                check(name)
                if name in names[:i]:
                    raise BadAccount(f"{name!r} is there twice")

    @contextmanager
    def _noting(self, key: str) -> Iterator[None]:
        """Take note of what breaks a rule, and go on."""
        try:
            yield
        except BadAccount as error:
            self.problems.append(Problem(key, "", str(error)))


def _check_hidden(text: str) -> None:
    if text != HIDDEN:
        raise BadAccount(ONLY_HIDDEN)


def _account_table(account: UserAccount) -> dict[str, Any]:
    entry = ExportedAccount(
        name=account.name, role=account.role.written, comment=account.comment, ptz=account.ptz
    )
    return entry.model_dump()


def _token_table(token: MachineToken) -> dict[str, Any]:
    entry = ExportedToken(
        name=token.name,
        role=token.role.written,
        made_by=token.made_by,
        made_at=_time(token.made_at),
        expires_at=None if token.expires_at is None else _time(token.expires_at),
    )
    return entry.model_dump(exclude_none=True)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _password_of(name: str) -> str:
    return f"{ACCOUNTS}.{name}.password"


def _digest_of(name: str) -> str:
    return f"{ACCOUNTS}.{name}.digest"


def _token_of(name: str) -> str:
    return f"{TOKENS}.{name}"
