"""A caller of raw text over UDP: quick enough to time answers below a millisecond."""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tools.bench.device import Address
from tools.bench.errors import CallFailed
from tools.bench.sip_text import (
    PCMU,
    CallText,
    ResponseText,
    offer,
    read_response,
    sound_address,
)

if TYPE_CHECKING:
    from tools.bench.srtp import Srtp

ANSWER_WITHIN_S = 10.0
FIRST_COPY_AFTER_S = 0.5
DATAGRAM_AT_MOST = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call was answered."""

    after_s: float
    """From just before the INVITE was sent until the 200 was in hand."""
    sound: Address


class Call:
    """One call over a socket of its own, driven step by step; each step blocks.

    Nothing is sent twice: on the loopback nothing gets lost, and a retransmission would hide that
    the device did not answer.
    """

    def __init__(
        self,
        device: Address,
        uri: str,
        sound: Address,
        formats: tuple[str, ...] = PCMU,
        srtp: Srtp | None = None,
    ) -> None:
        """Get ready to call `uri` at `device`, hearing it at `sound` in the codec of `formats`.

        `srtp`: what offers the key of encrypted sound and takes the answer's.
        """
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((device.host, 0))
        self._socket.connect(device)
        self._sound = sound
        self._formats = formats
        self._srtp = srtp
        self._text = CallText(uri, Address(*self._socket.getsockname()), secrets.token_hex(8))
        self._answer: ResponseText | None = None
        self._early: ResponseText | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def invite(self) -> float:
        """Send the INVITE; when (monotonic seconds)."""
        crypto = "" if self._srtp is None else self._srtp.attribute
        request = self._text.invite(offer(self._sound, self._formats, crypto))
        sent = time.monotonic()
        self._socket.send(request)
        return sent

    def answered(self) -> Answer:
        """Call, wait for the 200 and acknowledge it.

        Raises:
            CallFailed: another final answer, or none in time.
            Unreadable: the answer has no sound, or no key where one was offered.
        """
        sent = self.invite()
        response, received = self._final("INVITE")
        self._socket.send(self._text.ack(response))
        if response.code >= 300:
            raise CallFailed(f"the call to {self._text.uri} was answered with {response.code}")
        self._answer = response
        if self._srtp is not None:
            self._srtp.take_answer(response.body)
        return Answer(received - sent, sound_address(response.body))

    def first_word(self) -> float:
        """Call, and wait for any response: how many seconds after the INVITE was first sent.

        Here an INVITE is sent again, as phones do it (RFC 3261 §17.1.1.2): what was lost shows as
        500 ms.

        Raises:
            CallFailed: there is none.
        """
        sent = self.invite()
        again_s = FIRST_COPY_AFTER_S
        while (now := time.monotonic()) < sent + ANSWER_WITHIN_S:
            self._socket.settimeout(again_s)
            try:
                response = read_response(self._socket.recv(DATAGRAM_AT_MOST))
            except TimeoutError:
                self.invite()
                again_s *= 2
                continue
            now = time.monotonic()
            if response is not None and response.call_id == self._text.call_id:
                self._early = response
                return now - sent
        raise CallFailed(f"no answer at all to INVITE within {ANSWER_WITHIN_S:g} s")

    def give_up(self) -> None:
        """End a call that `first_word` began, however far it has come."""
        response = self._early
        if response is None or response.code < 200:
            response, _ = self._final("INVITE")
        self._socket.send(self._text.ack(response))
        if response.code < 300:
            self._answer = response
            self.hang_up()

    def hang_up(self) -> None:
        """End the answered call and wait until the device has confirmed it."""
        if self._answer is None:
            raise CallFailed("a call that was not answered cannot be hung up")
        self._socket.send(self._text.bye(self._answer))
        self._final("BYE")

    def cancel(self) -> None:
        """Give the call up before it is answered, or end it if the answer was quicker."""
        self._socket.send(self._text.cancel())
        response, _ = self._final("INVITE")
        self._socket.send(self._text.ack(response))
        if response.code < 300:
            self._answer = response
            self.hang_up()

    def _final(self, method: str) -> tuple[ResponseText, float]:
        """The final response to the request with `method`, and when it came."""
        until = time.monotonic() + ANSWER_WITHIN_S
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(DATAGRAM_AT_MOST)
            except TimeoutError:
                break
            except ConnectionRefusedError as error:
                raise CallFailed(f"nobody listens at {self._text.uri}") from error
            received = time.monotonic()
            response = read_response(data)
            if response is None or response.call_id != self._text.call_id:
                continue
            if response.method == method and response.code >= 200:
                return response, received
        raise CallFailed(f"no final answer to {method} within {ANSWER_WITHIN_S:g} s")
