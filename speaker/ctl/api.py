"""Requests to the device's own HTTP API, and what comes back."""

from __future__ import annotations

import http.client
import json
import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from speaker.ctl.proof import Password, Token
from speaker.ctl.told import Told
from speaker.ctl.trouble import NoAnswer, Refused, WrongUsage
from speaker.ctl.trust import Trust, TrustedConnection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from speaker.ctl.login import BasicAnswer, DigestAnswers

PREFIX: Final = "/api/v1"
FOR_NOBODY: Final = f"{PREFIX}/accounts"
"""Wants everybody to log in, even where anybody may look at the state: so it tells how."""

MOST_OCTETS: Final = 32 * 1024 * 1024
"""Of an answer. The longest are thousands of lines of the log."""
MOST_OF_A_REASON: Final = 300
"""Characters of an error that is not told as the API tells them."""

LOGGED_OUT: Final = 401


class Api:
    """One device, asked by one who shows who they are (or nobody)."""

    def __init__(
        self, url: str, proof: Token | Password | None, trust: Trust, *, timeout_s: float
    ) -> None:
        """`url` has a scheme and a host, and no path."""
        where = urlsplit(url)
        self.url = url
        self._proof = proof
        self._is_private = where.scheme == "https" or trust.anybody or _is_here(where.hostname)
        self._answers: DigestAnswers | BasicAnswer | None = None
        self._connection = (
            TrustedConnection(where.netloc, timeout_s=timeout_s, trust=trust)
            if where.scheme == "https"
            else http.client.HTTPConnection(where.netloc, timeout=timeout_s)
        )

    @property
    def shows_who_asks(self) -> bool:
        """Whether there is a token or a password."""
        return self._proof is not None

    def keep_private(self, what: str) -> None:
        """Raise WrongUsage if whoever is on the way could read what is sent."""
        if not self._is_private:
            raise WrongUsage(
                f"{what} would go to {self.url} in the clear: use its https:// address,"
                " or --insecure if nobody can listen on the way"
            )

    def get(self, path: str, query: Mapping[str, object] | None = None) -> object:
        """Ask for something: `/state`, below `/api/v1`. Raises what `stream` does."""
        body = self._ask("GET", path, query)
        return _parsed(body or b"nothing")

    def get_with_revision(self, path: str) -> tuple[object, str]:
        """The same, with the revision (ETag) that a change can be made conditional on."""
        response = self.stream("GET", path)
        revision = response.headers.get("ETag", "")
        return _parsed(_whole(response)), revision

    def send(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> object:
        """Tell the device something. Raises what `stream` does."""
        return _parsed(_whole(self._send(method, path, body, headers or {})))

    def post(self, path: str, body: object = None) -> object:
        """The same, by POST; there may be nothing to say."""
        if body is None:
            return _parsed(self._ask("POST", path, None))
        return self.send("POST", path, body)

    def post_for_text(self, path: str, body: object) -> str:
        """The same, where the answer is no JSON."""
        return _whole(self._send("POST", path, body, {})).decode("utf-8", "replace")

    def delete(self, path: str, query: Mapping[str, object] | None = None) -> object:
        """Take something away."""
        return _parsed(self._ask("DELETE", path, query))

    def post_file(
        self, path: str, query: Mapping[str, object], file: IO[bytes], size: int
    ) -> object:
        """Send a file as it is."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return _parsed(_whole(self.stream("POST", path, query, body=file, headers=headers)))

    def _ask(self, method: str, path: str, query: Mapping[str, object] | None) -> bytes:
        return _whole(self.stream(method, path, query))

    def _send(
        self, method: str, path: str, body: object, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        try:
            text = json.dumps(body, allow_nan=False, default=str)
        except ValueError as error:
            raise WrongUsage(f"a value cannot be sent as JSON: {error}") from error
        headers = {"Content-Type": "application/json", **headers}
        return self.stream(method, path, body=text.encode(), headers=headers)

    def stream(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        *,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """An answer that is still to be read.

        Raises:
            NoAnswer: there is no connection, or nobody who is trusted.
            Refused: the device says no, and why.
            WrongUsage: a secret would go in the clear.
        """
        target = PREFIX + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        if isinstance(self._proof, Password) and self._answers is None:
            self._learn_how(self._proof)
        response = self._exchange(method, target, body, headers or {})
        if response.status == LOGGED_OUT and isinstance(self._proof, Password):
            stale = any("stale=true" in each.lower() for each in _challenges(response))
            if stale and not hasattr(body, "read"):
                response.read(MOST_OCTETS)
                self._learn_how(self._proof)
                response = self._exchange(method, target, body, headers or {})
        if not http.client.OK <= response.status < http.client.MULTIPLE_CHOICES:
            raise _refusal(response)
        return response

    def _learn_how(self, password: Password) -> None:
        """Ask the device how it wants to be shown a password."""
        from speaker.ctl.login import answer_to  # noqa: PLC0415 - few log in by a password

        self._answers = None
        response = self._exchange("GET", FOR_NOBODY, None, {})
        response.read(MOST_OCTETS)
        if response.status != LOGGED_OUT:
            raise NoAnswer(f"what answers at {self.url} does not ask who we are: is it a speaker?")
        challenges = _challenges(response)
        self._answers = answer_to(challenges, password, is_private=self._is_private)

    def _authorization(self, method: str, target: str) -> dict[str, str]:
        if isinstance(self._proof, Token):
            self.keep_private("the token")
            return {"Authorization": f"Bearer {self._proof.token}"}
        if self._answers is None:
            return {}
        return {"Authorization": self._answers.header(method, target)}

    def _exchange(
        self,
        method: str,
        target: str,
        body: bytes | IO[bytes] | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        every = {"Accept": "application/json", **headers, **self._authorization(method, target)}
        try:
            try:
                self._connection.request(method, target, body, every)
            except (BrokenPipeError, ConnectionResetError):
                # Whoever refuses a long body does so before its end. Without a word it is raised.
                if not hasattr(body, "read"):
                    raise
            return self._connection.getresponse()
        except ssl.SSLCertVerificationError as error:
            raise self._untrusted(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"no speaker answers at {self.url}: {_reason(error)}") from error

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> NoAnswer:
        return NoAnswer(
            f"the certificate of {self.url} is not trusted: {error.verify_message};"
            " name its --fingerprint, as `speaker ctl certificates` tells it on the device's own"
            " machine, or who vouches for it with --ca FILE; or do without, with --insecure"
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def part(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def _challenges(response: http.client.HTTPResponse) -> list[str]:
    return response.headers.get_all("WWW-Authenticate") or []


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _whole(response: http.client.HTTPResponse) -> bytes:
    try:
        found = response.read(MOST_OCTETS + 1)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"the answer broke off: {_reason(error)}") from error
    if len(found) > MOST_OCTETS:
        raise NoAnswer(f"the answer is longer than {MOST_OCTETS} octets: that is no speaker's")
    if response.length:  # what is still to come, and does not
        raise NoAnswer("the answer broke off")
    return found


def _parsed(body: bytes) -> object:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("what answers there is no speaker: its answer is no JSON") from error


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "nothing comes back"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it hangs up without an answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _refusal(response: http.client.HTTPResponse) -> Refused:
    """What the device says, in its words."""
    body = _whole(response)
    try:
        told = Told(json.loads(body))
    except (ValueError, RecursionError):
        told = Told(None)
    problems = told.objects("problems")
    sentences = [_sentence(each) for each in problems] or told.text("detail").splitlines()
    if not sentences:
        plain = " ".join(body.decode("utf-8", "replace").split())[:MOST_OF_A_REASON]
        sentences = [f"it answers {response.status} {plain or response.reason}"]
    if response.status == LOGGED_OUT:
        sentences.append("show who you are: --user NAME, --token-file FILE or SPEAKER_TOKEN")
    return Refused(response.status, *sentences)


def _sentence(problem: Told) -> str:
    told = [problem.text("value"), problem.text("rule")]
    words = " ".join(each for each in told if each)
    return f"{problem.text('key')}: {words}" if problem.text("key") else words
