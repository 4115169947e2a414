"""Finds out who asks: by a local token, a machine's token, a session's cookie, Digest or Basic."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import time
from dataclasses import dataclass
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

import structlog
from starlette.datastructures import Headers, QueryParams
from starlette.requests import cookie_parser

from conf.accounts.role import Role
from conf.store.store_error import StoreError
from speaker.http import refusal
from speaker.http.cross_site import SAFE_METHODS
from speaker.http.digest_login import DigestLogin, Failed, Proved
from speaker.http.failed_logins import FailedLogins
from speaker.http.identity import Identity, Proof
from speaker.http.login_blocking import LoginBlocking
from speaker.http.password_checks import PasswordChecks, TooBusy
from speaker.http.policy import Scheme, schemes_of
from speaker.http.refusal import Refusal
from speaker.http.sessions import SessionLimits, Sessions
from speaker.http.source import source_of
from speaker.http.websocket_tickets import WebSocketTickets

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from conf.accounts.digest_keys import DigestKeys
    from conf.accounts.machine_tokens import MachineToken, MachineTokens
    from conf.accounts.user_account import UserAccount
    from conf.accounts.user_accounts import UserAccounts
    from conf.sections.http import HttpSettings
    from speaker.events import Bus

log = structlog.get_logger(__name__)

TICKET: Final = "wssession"
CSRF_HEADER: Final = "X-CSRF-Token"
LOCAL: Final = "local"
LONGEST_CREDENTIALS: Final = 4096
"""Characters of Authorization."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to log in, from one address at one page."""

    logins: Logins
    user: str
    address: str
    page: str

    @property
    def source(self) -> str:
        """What failures are counted by."""
        return source_of(self.address)

    def blocked_for_s(self) -> float:
        """How long nobody listens to this."""
        return self.logins.blocking.blocked_for_s(self.source, self.page, self.logins.now())

    def is_blocked(self) -> bool:
        """Whether the source failed too often."""
        return self.blocked_for_s() > 0

    def failed(self) -> None:
        """Count it, and tell of it."""
        now = self.logins.now()
        self.logins.failures.tell(self.user, self.address, self.page, now)
        if self.logins.blocking.failed(self.source, self.page, now):
            left = self.blocked_for_s()
            self.logins.failures.tell_blocked(self.address, self.page, left)


class Logins:
    """Everything that proves to the HTTP side who somebody is. Belongs to the main loop."""

    def __init__(
        self,
        accounts: UserAccounts,
        tokens: MachineTokens,
        *,
        local_token: str,
        serial: Callable[[], str],
        settings: Callable[[], HttpSettings],
        bus: Bus,
        now: Callable[[], float],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.accounts = accounts
        self.tokens = tokens
        self.now = now
        self.wall = wall
        self.blocking = LoginBlocking(lambda: settings().brute_force)
        self.failures = FailedLogins(bus)
        self.sessions = Sessions(
            accounts.get,
            lambda: SessionLimits(settings().session_idle_s, settings().session_limit_s),
        )
        self.tickets = WebSocketTickets()
        self._serial = serial
        self._settings = settings
        self._local_token = local_token.encode()
        self._digest = DigestLogin(token_bytes(32), self._keys_of)
        self._passwords = PasswordChecks(accounts, token_bytes(32))
        self.noting: set[asyncio.Task[None]] = set()
        """What is being written down of the use of tokens."""

    # --- requests --------------------------------------------------------------------------------

    async def identify(self, scope: Scope, needed: Role, page: str) -> Identity | Refusal:
        """Who sends the request, or how it is refused before it is known whether they may.

        `page` is what failures are counted for.
        """
        address = address_of(scope)
        known = (
            self._by_token(scope, address)
            or self._by_session(scope, address)
            or self._by_ticket(scope)
        )
        if known is not None:
            return known
        kind, credentials = _authorization(scope)
        if not kind and needed <= Role.VIEWER and self._settings().allow_anonymous_viewing:
            return Identity(
                role=Role.VIEWER,
                address=address,
                still_counts=lambda: self._settings().allow_anonymous_viewing,
            )
        if not kind and needed is Role.ANYBODY:
            return Identity(address=address)
        attempt = Attempt(self, "", address, page)
        left_s = attempt.blocked_for_s()
        if left_s:
            return refusal.blocked(left_s)
        return await self._by_password(scope, kind, credentials, attempt)

    def is_local(self, scope: Scope) -> bool:
        """Whether a program of this machine has sent it, which can read the data folder."""
        kind, credentials = _authorization(scope)
        return kind == "bearer" and hmac.compare_digest(credentials.encode(), self._local_token)

    def challenges(self, scope: Scope, *, stale: bool = False) -> tuple[str, ...]:
        """What WWW-Authenticate asks for, one header each."""
        realm = self.accounts.realm
        if CSRF_HEADER in Headers(scope=scope):
            # Our own page, which has a login of its own: no browser opens a window for this one.
            return (f'Session realm="{realm}"',)
        asked: list[str] = []
        for scheme in self._schemes(scope):
            if scheme is Scheme.DIGEST:
                asked += self._digest.challenges(realm, self.now(), stale=stale)
            else:
                asked.append(f'Basic realm="{realm}", charset="UTF-8"')
        return tuple(asked)

    def _by_token(self, scope: Scope, address: str) -> Identity | None:
        if self.is_local(scope):
            return Identity(
                name=LOCAL, role=Role.ADMINISTRATOR, proof=Proof.LOCAL_TOKEN, address=address
            )
        kind, credentials = _authorization(scope)
        token = self.tokens.find(credentials, self.wall()) if kind == "bearer" else None
        if token is None:
            return None
        if self.tokens.is_use_worth_noting(token, self.wall()):
            noting = asyncio.create_task(self._note_use(token))
            self.noting.add(noting)
            noting.add_done_callback(self.noting.discard)
        return Identity(
            name=f"token {token.name}",
            role=token.role,
            proof=Proof.TOKEN,
            address=address,
            still_counts=lambda: self.tokens.find(credentials, self.wall()) is not None,
        )

    async def _note_use(self, token: MachineToken) -> None:
        try:
            await asyncio.to_thread(self.tokens.note_use, token, self.wall())
        except StoreError as error:
            log.error("when a token was used last cannot be kept", why=str(error))

    def _by_session(self, scope: Scope, address: str) -> Identity | Refusal | None:
        cookie = self.cookie_of(scope)
        found = self.sessions.find(cookie, self.now()) if cookie else None
        if found is None:
            return None
        session, account = found
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            # Pages cannot add headers to a handshake; the gate has compared Origin with Host.
            is_ours = "origin" in headers
        else:
            token = headers.get(CSRF_HEADER, "")
            is_ours = scope["method"] in SAFE_METHODS or session.allows(token)
        if not is_ours:
            return refusal.forbidden(f"{CSRF_HEADER} is missing or not that of the session")
        return Identity(
            name=account.name,
            role=account.role,
            proof=Proof.SESSION,
            address=address,
            still_counts=lambda: self.sessions.goes_on(cookie, self.now()),
        )

    def _by_ticket(self, scope: Scope) -> Identity | None:
        """Of a handshake whose address carries one (`?wssession=…`)."""
        if scope["type"] != "websocket":
            return None
        ticket = QueryParams(scope["query_string"]).get(TICKET, "")
        return self.tickets.take(ticket, self.now()) if ticket else None

    async def _by_password(
        self, scope: Scope, kind: str, credentials: str, attempt: Attempt
    ) -> Identity | Refusal:
        schemes = self._schemes(scope)
        if kind == "bearer":
            attempt.failed()
        elif kind == "digest" and Scheme.DIGEST in schemes:
            return self._by_digest(scope, credentials, attempt)
        elif kind == "basic" and Scheme.BASIC in schemes:
            name, password = _name_and_password(credentials)
            account = await self.account_with(name, password, attempt.address, attempt.page)
            if isinstance(account, Refusal):
                return account
            if account is not None:
                return self._proved_by_password(account, attempt.address)
        return refusal.not_logged_in(self.challenges(scope))

    def _by_digest(self, scope: Scope, credentials: str, attempt: Attempt) -> Identity | Refusal:
        verdict = self._digest.verify(
            f"Digest {credentials}",
            self.accounts.realm,
            scope.get("method", "GET"),
            _target(scope),
            self.now(),
        )
        match verdict:
            case Proved(name):
                account = self.accounts.get(name)
                if account is not None:
                    return self._proved_by_password(account, attempt.address)
            case Failed(name):
                Attempt(self, name, attempt.address, attempt.page).failed()
                return refusal.not_logged_in(self.challenges(scope))
        return refusal.not_logged_in(self.challenges(scope, stale=True))

    def _proved_by_password(self, account: UserAccount, address: str) -> Identity:
        def still_counts() -> bool:
            now = self.accounts.get(account.name)
            return now is not None and now.stamp == account.stamp

        return Identity(
            name=account.name,
            role=account.role,
            proof=Proof.PASSWORD,
            address=address,
            still_counts=still_counts,
        )

    def _keys_of(self, name: str) -> DigestKeys | None:
        account = self.accounts.get(name)
        return None if account is None else account.digest_keys

    def _schemes(self, scope: Scope) -> tuple[Scheme, ...]:
        policy = self._settings().authentication_policy
        return schemes_of(policy, secure=is_secure(scope))

    # --- passwords that come in a body -----------------------------------------------------------

    async def account_with(
        self, name: str, password: str, address: str, page: str
    ) -> UserAccount | Refusal | None:
        """The account of this name, if that is its password; None: it is not, and that is counted.

        A refusal: the address is blocked, or too much is going on.
        """
        attempt = Attempt(self, name, address, page)
        if attempt.is_blocked():
            return refusal.blocked(attempt.blocked_for_s())
        try:
            account = await self._passwords.account_with(name, password, attempt)
        except TooBusy:
            return refusal.too_busy()
        if account is None and attempt.is_blocked():
            return refusal.blocked(attempt.blocked_for_s())
        return account

    # --- sessions --------------------------------------------------------------------------------

    def cookie_name(self, scope: Scope) -> str:
        """What the session's cookie is called: devices of one host share all cookies."""
        prefix = "__Host-" if is_secure(scope) else ""
        return f"{prefix}session_{self._serial()}"

    def cookie_of(self, scope: Scope) -> str:
        """What the session's cookie holds; empty: there is none."""
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        return cookies.get(self.cookie_name(scope), "")


def realm_of(serial: str) -> str:
    """What logins by password are for: clients know it in this form."""
    return f"AXIS_{serial.replace('-', '').upper()}"


def is_secure(scope: Scope) -> bool:
    """Whether the request came by TLS."""
    return scope.get("scheme") in ("https", "wss")


def address_of(scope: Scope) -> str:
    """The IP address that the request came from."""
    client = scope.get("client")
    return client[0] if client else ""


def _authorization(scope: Scope) -> tuple[str, str]:
    """The scheme, in lower case, and what follows it; both empty: there is no such header."""
    kind, _, credentials = Headers(scope=scope).get("authorization", "").partition(" ")
    if len(credentials) > LONGEST_CREDENTIALS:
        return "too long", ""
    return kind.lower(), credentials.strip()


def _name_and_password(credentials: str) -> tuple[str, str]:
    """Of Basic (RFC 7617); nobody's where they make no sense."""
    try:
        octets = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return "", ""
    name, _, password = octets.decode("utf-8", "replace").partition(":")
    return name, password


def _target(scope: Scope) -> str:
    """The request target as it stood in the request line."""
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = b"?".join((raw, query)) if query else raw
    return str(target, "latin-1")
