"""Debian's kamailio as a PBX: registrar and record-routing proxy over UDP, TCP and TLS.

It keeps everything in memory. `servers/kamailio.cfg` says what it does with a request; this file
starts it, reads what it says about each, and looks into its table of registrations.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.peers.ports import free_port
from tests.interop.peers.program import PeerFailure, Program

ROUTES = Path(__file__).parents[1] / "servers" / "kamailio.cfg"
START_LIMIT_S = 60.0
ANSWER_LIMIT_S = 5.0
POLL_S = 0.02
FOR_EVER = 0
"""As the expiry of a contact that an administrator has entered."""


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("kamailio") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sockets:
    """Where one kamailio listens; kept over its restarts."""

    address: str = LOOPBACK
    port: int
    """UDP and TCP."""
    tls_port: int

    @property
    def ports(self) -> tuple[int, ...]:
        """All of them."""
        return self.port, self.tls_port

    @classmethod
    def free(cls, address: str = LOOPBACK) -> "Sockets":
        """Ports that nobody uses."""
        port = free_port()
        return cls(address=address, port=port, tls_port=port + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an administrator decides; lifetimes in seconds."""

    users: Mapping[str, str]
    """User names with their passwords."""
    realm: str = "pbx.test"
    domains: Sequence[str] = ("pbx.test",)
    """Names by which it knows itself, besides its addresses."""
    algorithm: str = "MD5"
    qop: str = "auth"
    nonce_expire_s: int = 300
    counts_nonces: bool = False
    """Refuse a nonce whose count does not rise (RFC 7616 §3.4)."""
    min_expires_s: int = 0
    """Shorter registrations are refused with 423."""
    max_expires_s: int = 3600
    """Longer ones are granted this much."""
    registrar_behind: Sockets | None = None
    """Pass everything on to that server, as its edge does (RFC 3327)."""
    certificate: Path | None = None
    """Certificate and key in one PEM file; without one there is no TLS."""
    client_authority: Path | None = None
    """Ask clients for a certificate of this authority (PEM)."""
    tls_method: str = "TLSv1.2+"


@dataclass(frozen=True, slots=True)
class Contact:
    """One registration of a user."""

    uri: str
    expires_s: int | str
    call_id: str
    path: str
    received: str
    socket: str
    instance: str
    reg_id: int

    @property
    def client_port(self) -> int:
        """Of the connection that it was registered over, as the server saw it."""
        seen = re.search(r":(\d+)(?:;|$)", self.received)
        if seen is None:
            raise PeerFailure(f"{self} was not registered over a connection")
        return int(seen[1])


class Kamailio:
    """A running kamailio; it can be stopped, killed, frozen and started again."""

    def __init__(self, folder: Path, rules: Rules, sockets: Sockets | None = None) -> None:
        folder.mkdir()
        self.sockets = sockets or Sockets.free()
        self._folder = folder
        self._users = rules.users
        # The path of a socket may have 107 bytes, and pytest's folders have long names.
        self._short_folder = Path(tempfile.mkdtemp(prefix="kamailio-"))
        self._control = self._short_folder / "control"
        self._config = folder / "kamailio.cfg"
        self._config.write_text("\n".join(self._lines(rules)))
        self._program = self._run()

    def __enter__(self) -> "Kamailio":
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.end()
        shutil.rmtree(self._short_folder)
        if error is not None:
            error.add_note(f"kamailio's log:\n{self._program.err.text}")

    @property
    def host_and_port(self) -> str:
        """As in a URI, for UDP and TCP."""
        return f"{self.sockets.address}:{self.sockets.port}"

    def account(self, user: str, transport: str = "udp") -> PbxAccount:
        """What one of its users needs to register."""
        server = self.tls_host_and_port if transport == "tls" else self.host_and_port
        return PbxAccount(user=user, password=self._users[user], server=server, transport=transport)

    @property
    def tls_host_and_port(self) -> str:
        """As in a URI, for TLS."""
        return f"{self.sockets.address}:{self.sockets.tls_port}"

    def uri_of(self, user: str) -> str:
        """What to dial for one of its users."""
        return f"sip:{user}@{self.host_and_port}"

    @property
    def log(self) -> str:
        """What it has said since its last start."""
        return self._program.err.text

    def wait_for(self, pattern: str, timeout_s: float = ANSWER_LIMIT_S) -> re.Match[str]:
        """The next line of its log that matches, behind what was matched before."""
        return self._program.err.wait_for(pattern, timeout_s)

    def heard(self, method: str) -> int:
        """How many requests of this method have come since its last start, repeats included."""
        return len(re.findall(rf"heard {method} ", self.log))

    def wait_until_registered(self, user: str, timeout_s: float = ANSWER_LIMIT_S) -> str:
        """Return when it has taken the user's next registration; over which transport."""
        return self.wait_for(rf"\bregistered {user}(?: again)? over (\w+)", timeout_s)[1]

    def contacts(self, user: str) -> list[Contact]:
        """The user's registrations."""
        try:
            record = self._ask("ul.lookup", "location", user)
        except _NotFound:
            return []
        return [_contact(entry["Contact"]) for entry in record["Contacts"]]

    def wait_for_contacts(
        self, user: str, number: int, timeout_s: float = ANSWER_LIMIT_S
    ) -> list[Contact]:
        """Return when the user has so many registrations.

        Raises:
            PeerFailure: they are fewer or more when the time is over.
        """
        deadline = time.monotonic() + timeout_s
        while len(found := self.contacts(user)) != number:
            if time.monotonic() > deadline:
                raise PeerFailure(f"{user}: {found}, not {number}, after {timeout_s} s\n{self.log}")
            time.sleep(POLL_S)
        return found

    def enter_contact(self, user: str, uri: str) -> None:
        """Send calls for `user` to `uri`, which need not register."""
        priority, path, flags, branch_flags, methods = 1.0, ".", 0, 0, 0
        self._ask(
            *("ul.add", "location", user, uri, FOR_EVER),
            *(priority, path, flags, branch_flags, methods),
        )

    def forget(self, user: str) -> None:
        """Take all contacts of `user` out, without telling anybody."""
        self._ask("ul.rm", "location", user)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does; its sockets stay."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """`kill -9`, all of its processes."""
        self._signal(signal.SIGKILL)
        self._program.end()

    def end(self) -> None:
        """Stop it in order."""
        if self._program.running:
            self.thaw()
        self._program.end()

    def start_again(self) -> None:
        """Start it on the same sockets, without any registration."""
        self._program = self._run()

    def _run(self) -> Program:
        self._control.unlink(missing_ok=True)
        command = [
            *("kamailio", "-f", str(self._config), "-DD", "-E", "-m", "32", "-M", "8"),
            *("-Y", str(self._short_folder), "-w", str(self._folder)),
        ]
        program = Program(command, folder=self._folder, hurries=False, leads=True)
        try:
            self._wait_until_up(program)
        except PeerFailure:
            program.end()
            raise
        return program

    def _wait_until_up(self, program: Program) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not self._control.exists() or not self._is_up():
            if time.monotonic() > deadline or not program.running:
                program.end()
                raise PeerFailure(f"kamailio did not start:\n{program.err.text}")
            time.sleep(POLL_S)

    def _is_up(self) -> bool:
        """Whether its last process runs, which is the one that accepts connections."""
        try:
            return bool(self._ask("core.tcp_info"))
        except OSError:
            return False

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._program.pid, number)

    def _lines(self, rules: Rules) -> Iterator[str]:
        """The definitions of this server, in front of the routes that all share."""
        here = self.sockets
        yield "#!KAMAILIO"
        values = {
            "REALM": rules.realm,
            "ALGORITHM": "" if rules.algorithm == "MD5" else rules.algorithm,
            "QOP_FLAG": {"": "0", "auth": "1", "auth-int": "2"}[rules.qop],
            "QOP_NAME": rules.qop,
            "NONCE_EXPIRE": rules.nonce_expire_s,
            "MIN_EXPIRES": rules.min_expires_s,
            "MAX_EXPIRES": rules.max_expires_s,
            "CONTROL_SOCKET": self._control,
            "TLS_CONFIG": self._folder / "tls.cfg",
        }
        if rules.counts_nonces:
            yield "#!define WITH_NONCE_COUNT"
        if rules.registrar_behind is not None:
            yield "#!define WITH_REGISTRAR_BEHIND"
            values["REGISTRAR_BEHIND_HOST"] = rules.registrar_behind.address
            values["REGISTRAR_BEHIND_PORT"] = rules.registrar_behind.port
        for name, value in values.items():
            yield f'#!substdef "!{name}!{value}!g"'
        yield f"listen=udp:{here.address}:{here.port}"
        yield f"listen=tcp:{here.address}:{here.port}"
        for domain in rules.domains:
            yield f'alias="{domain}"'
        if rules.certificate is not None:
            yield "#!define WITH_TLS"
            yield "enable_tls=yes"
            yield f"listen=tls:{here.address}:{here.tls_port}"
            (self._folder / "tls.cfg").write_text(_tls_config(rules, rules.certificate))
        yield f'include_file "{ROUTES}"'
        if rules.users:
            yield "event_route[htable:mod-init] {"
            for user, password in rules.users.items():
                yield f'    $sht(passwords=>{user}) = "{password}";'
            yield "}\n"

    def _ask(self, method: str, *parameters: object) -> Any:
        request = {"jsonrpc": "2.0", "method": method, "params": parameters, "id": 1}
        with _datagram_socket(self._short_folder) as asking:
            asking.sendto(json.dumps(request).encode(), str(self._control))
            answer = json.loads(asking.recv(65536))
        if "error" in answer:
            if answer["error"]["code"] == 404 or "not found" in answer["error"]["message"].lower():
                raise _NotFound
            raise PeerFailure(f"kamailio refused {method}{parameters}: {answer['error']}")
        return answer["result"]


class _NotFound(Exception):
    """There is no such record."""


def _contact(entry: dict[str, Any]) -> Contact:
    return Contact(
        uri=entry["Address"],
        expires_s=entry["Expires"],
        call_id=entry["Call-ID"],
        path=entry["Path"],
        received=entry["Received"],
        socket=entry["Socket"],
        instance=entry["Instance"],
        reg_id=entry["Reg-Id"],
    )


def _tls_config(rules: Rules, certificate: Path) -> str:
    asks = rules.client_authority is not None
    authority = f"ca_list = {rules.client_authority}\n" if asks else ""
    return (
        f"[server:default]\nmethod = {rules.tls_method}\n"
        f"certificate = {certificate}\nprivate_key = {certificate}\n{authority}"
        f"verify_certificate = {'yes' if asks else 'no'}\n"
        f"require_certificate = {'yes' if asks else 'no'}\n"
        "[client:default]\nmethod = TLSv1.2+\nverify_certificate = no\n"
    )


@contextlib.contextmanager
def _datagram_socket(folder: Path) -> Iterator[socket.socket]:
    """A Unix socket that can be answered."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        own = folder / f"ask-{uuid.uuid4().hex}"
        asking.bind(str(own))
        asking.settimeout(ANSWER_LIMIT_S)
        try:
            yield asking
        finally:
            own.unlink()
