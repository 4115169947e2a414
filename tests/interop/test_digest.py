"""Digest with programs that others have written: they take what we compute, and we what they do.

kamailio checks MD5 and SHA-256; it cannot check `auth-int`, as it forgets to hash the body. sipp
does that, by MD5. Linphone and the PJSIP that is built here answer MD5 and SHA-256. Two kinds of
phones do not keep to RFC 8760: baresip 1.0 and sipp give up where there is a second challenge
besides the one with MD5, and Linphone where there is one with SHA-512-256.
"""

from __future__ import annotations

import itertools
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sip.authentication.client import DigestClient, Obstacle, Unanswerable
from sip.authentication.credentials import Credentials
from sip.authentication.digest import Algorithm, Qop
from sip.authentication.server import Accepted, DigestServer, Verdict
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response, make_response, parse_message
from sip.syntax.uri import SipUri
from tests.interop.peers import phone
from tests.interop.peers.kamailio import Kamailio, Rules
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.telephone import TelephoneMaker
from tests.interop.speech import Sentence

ALICE = Credentials("alice", "wonderland")
USERS = {ALICE.username: ALICE.password}
ANSWER_LIMIT_S = 5.0
MAXIMUM_TRIES = 6
NONCE_EXPIRE_S = 1


@dataclass
class Caller:
    """Sends requests over UDP, answers challenges, and notes what came."""

    sock: socket.socket
    server: tuple[str, int]
    client: DigestClient
    _cseq: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def try_hard(self, request: Request) -> list[int | Obstacle]:
        """The codes of all answers, and what stood in the way at last."""
        codes: list[int | Obstacle] = []
        request = self.client.authorize(request)
        for _ in range(MAXIMUM_TRIES):
            response = self._exchange(request)
            codes.append(response.code)
            if response.code != 401:
                assert self.client.confirm(request, response)
                break
            again = self.client.answer(request, response)
            if isinstance(again, Unanswerable):
                return [*codes, again.obstacle]
            request = again
        return codes

    def _exchange(self, request: Request) -> Response:
        host, port = self.sock.getsockname()
        via = f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(8)}"
        headers = request.headers.with_first("Via", via)
        headers = headers.with_added("CSeq", f"{next(self._cseq)} {request.method}")
        self.sock.sendto(bytes(replace(request, headers=headers)), self.server)
        response = parse_message(self.sock.recv(65535))
        assert isinstance(response, Response)
        return response


@contextmanager
def a_socket() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((LOOPBACK, 0))
        sock.settimeout(ANSWER_LIMIT_S)
        yield sock


@contextmanager
def a_caller(host_and_port: str, credentials: Credentials = ALICE) -> Iterator[Caller]:
    host, _, port = host_and_port.partition(":")
    with a_socket() as sock:
        client = DigestClient(credentials, lambda: secrets.token_hex(8))
        yield Caller(sock, (host, int(port)), client)


def a_request(method: str, host_and_port: str, body: bytes = b"") -> Request:
    host, _, port = host_and_port.partition(":")
    fields = [
        ("Max-Forwards", "70"),
        ("From", "<sip:alice@pbx.test>;tag=a"),
        ("To", "<sip:alice@pbx.test>"),
        ("Call-ID", secrets.token_hex(8)),
        ("Contact", "<sip:alice@127.0.0.1:9>"),
    ]
    if body:
        fields.append(("Content-Type", "text/plain"))
    return Request(method, SipUri("sip", "", None, host, int(port)), Headers.of(*fields), body)


def serve(sock: socket.socket, server: DigestServer) -> list[Verdict]:
    """Answer each request as the server judges it, until one is accepted; all verdicts."""
    verdicts: list[Verdict] = []
    while not any(isinstance(verdict, Accepted) for verdict in verdicts):
        data, sender = sock.recvfrom(65535)
        request = parse_message(data)
        assert isinstance(request, Request)
        verdict = server.verify(request, time.monotonic())
        if isinstance(verdict, Accepted):
            contact = request.headers.get("Contact")
            headers = [] if contact is None else [("Contact", f"{contact};expires=60")]
            answer = make_response(request, 200, to_tag="x", headers=headers)
        else:
            challenge = server.challenge(time.monotonic(), verdict.stale)
            answer = make_response(request, 401, to_tag="x", headers=challenge)
        sock.sendto(bytes(answer), sender)
        verdicts.append(verdict)
    return verdicts


@pytest.mark.usefixtures("needs_kamailio")
@pytest.mark.parametrize(
    ("rules", "later"),
    [
        (Rules(users=USERS, qop=""), [401, 200]),
        (Rules(users=USERS), [200]),
        (Rules(users=USERS, counts_nonces=True), [200]),
        (Rules(users=USERS, algorithm="SHA-256"), [200]),
        (Rules(users=USERS, algorithm="SHA-256", counts_nonces=True), [200]),
    ],
    ids=lambda rules: (
        f"{rules.algorithm}-{rules.qop}-{rules.counts_nonces}" if isinstance(rules, Rules) else None
    ),
)
def test_kamailio_takes_our_answers(tmp_path: Path, rules: Rules, later: list[int]) -> None:
    rules = replace(rules, nonce_expire_s=NONCE_EXPIRE_S)
    with Kamailio(tmp_path / "pbx", rules) as pbx:
        register = a_request("REGISTER", pbx.host_and_port)
        with a_caller(pbx.host_and_port) as alice:
            assert alice.try_hard(register) == [401, 200]
            assert alice.try_hard(register) == later
            assert alice.try_hard(register) == later
            time.sleep(2 * NONCE_EXPIRE_S)
            assert alice.try_hard(register) == [401, 200], "the nonce is too old by now"
        with a_caller(pbx.host_and_port, Credentials("alice", "wrong")) as liar:
            assert liar.try_hard(register) == [401, 401, Obstacle.WRONG_PASSWORD]


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize(
    ("credentials", "ends"), [(ALICE, 200), (Credentials("alice", "wrong"), 403)]
)
def test_sipp_takes_our_answer_to_auth_int(
    tmp_path: Path, credentials: Credentials, ends: int
) -> None:
    with Sipp(tmp_path / "sipp", "asks_for_proof.xml") as sipp:
        host_and_port = sipp.uri.partition("@")[2]
        with a_caller(host_and_port, credentials) as alice:
            message = a_request("MESSAGE", host_and_port, b"Somebody is at the door.")
            assert alice.try_hard(message) == [401, ends]
        sipp.succeed()


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize("qops", [(), (Qop.AUTH,), (Qop.AUTH_INT,), (Qop.AUTH, Qop.AUTH_INT)])
def test_we_take_the_answers_of_sipp(tmp_path: Path, qops: tuple[Qop, ...]) -> None:
    server = DigestServer(
        "hall", USERS.get, secrets.token_bytes(32), algorithms=(Algorithm.MD5,), qops=qops
    )
    with a_socket() as sock:
        host, port = sock.getsockname()
        with Sipp(tmp_path / "sipp", "proves_itself.xml", target=f"sip:hall@{host}:{port}") as sipp:
            verdicts = serve(sock, server)
            sipp.succeed()
    assert verdicts[1:] == [Accepted("alice")]


def offers(*several: tuple[Algorithm, ...]) -> pytest.MarkDecorator:
    """The test runs once with each of these offers."""
    names = ["+".join(algorithm.value for algorithm in offer) for offer in several]
    return pytest.mark.parametrize("algorithms", several, ids=names)


@offers(
    (Algorithm.MD5,),
    (Algorithm.SHA_256,),
    (Algorithm.SHA_256, Algorithm.MD5),
    (Algorithm.SHA_512_256, Algorithm.SHA_256, Algorithm.MD5),
)
def test_we_take_the_answers_of_pjsip(algorithms: tuple[Algorithm, ...]) -> None:
    server = DigestServer("hall", USERS.get, secrets.token_bytes(32), algorithms=algorithms)
    with a_socket() as sock:
        host, port = sock.getsockname()
        options = ("--register", f"sip:{host}:{port}", "--user", "alice")
        with phone.listen(*options, "--password", ALICE.password):
            verdicts = serve(sock, server)
    assert verdicts[1:] == [Accepted("alice")]


@pytest.mark.usefixtures("needs_linphonec")
@offers((Algorithm.SHA_256,), (Algorithm.SHA_256, Algorithm.MD5))
def test_we_take_the_answers_of_linphone(
    tmp_path: Path, callers_words: Sentence, algorithms: tuple[Algorithm, ...]
) -> None:
    assert verdicts_on(Linphonec, tmp_path, callers_words, algorithms)[1:] == [Accepted("alice")]


def test_we_take_the_answers_of_telephones_that_know_only_md5(
    tmp_path: Path, new_telephone: TelephoneMaker, callers_words: Sentence
) -> None:
    offer = (Algorithm.MD5,)
    assert verdicts_on(new_telephone, tmp_path, callers_words, offer)[1:] == [Accepted("alice")]


def verdicts_on(
    new_telephone: TelephoneMaker,
    folder: Path,
    voice: Sentence,
    algorithms: tuple[Algorithm, ...],
) -> list[Verdict]:
    """What we make of a telephone that registers."""
    server = DigestServer("hall", USERS.get, secrets.token_bytes(32), algorithms=algorithms)
    with a_socket() as sock:
        host, port = sock.getsockname()
        account = PbxAccount(user="alice", password=ALICE.password, server=f"{host}:{port}")
        with new_telephone(folder / "telephone", voice.path, account=account):
            return serve(sock, server)
