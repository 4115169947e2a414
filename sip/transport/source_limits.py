"""How much each source may ask of us, so that a scanner cannot keep others waiting.

Decided by nothing but the sender's address, before a message is read: turning a request down has to
cost far less than sending it.
"""

import socket
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_PREFIX_BYTES: Final = 8
"""An IPv6 host picks its addresses from a network of 64 bits at will (RFC 4291 §2.5.1), so all of
that network counts as one."""

_PLAIN_BYTES: Final = 2048
"""The longest message that costs as much as any; INVITEs of phones have half of it."""

Source = str | bytes
"""Who pays: an IPv4 address as text, or the first half of an IPv6 address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRates:
    """Messages that a source may send: on average, and at once after a pause."""

    stranger_per_s: float = 20.0
    """Of a source that we know nothing of. A phone that calls sends three or four."""
    stranger_burst: float = 60.0
    strangers_per_s: float = 50.0
    """Of all strangers together: addresses can be many, or made up. Each INVITE is remembered for
    half a minute, and what strangers send must not fill the memory that all callers share."""
    strangers_burst: float = 200.0
    known_per_s: float = 100.0
    """Of a source that we called, asked for something, or took a call of."""
    known_burst: float = 200.0
    per_call: float = 10.0
    """What each call that we answered adds: its ACK, BYE, keys and holds, and their copies."""
    most: float = 1000.0
    """What a known source may have saved up in that way."""
    strangers: int = 4096
    """How many are remembered; the one that was quiet longest makes room."""
    known: int = 1024
    known_s: float = 7200.0
    """How long a source is known after we last had to do with it."""


class _Bucket:
    """A token bucket: refilled by time, emptied by messages."""

    __slots__ = ("at", "known_until", "tokens")

    def __init__(self, tokens: float, now: float, known_until: float = 0.0) -> None:
        self.tokens = tokens
        self.at = now
        self.known_until = known_until

    def refill(self, per_s: float, burst: float, now: float) -> None:
        if self.tokens < burst:  # what calls have added beyond the burst stays
            self.tokens = min(burst, self.tokens + (now - self.at) * per_s)
        self.at = now


class SourceLimits:
    """Lets messages in by the rate of their source. Reads no clock; never holds more than bounds.

    A source becomes known by what *we* do: nobody gets there by sending.
    """

    def __init__(self, rates: SourceRates | None = None) -> None:
        self._rates = rates or SourceRates()
        # The one that was quiet longest comes first.
        self._strangers: OrderedDict[Source, _Bucket] = OrderedDict()
        # The one that we dealt with longest ago comes first.
        self._known: OrderedDict[str, _Bucket] = OrderedDict()
        self._all_strangers = _Bucket(self._rates.strangers_burst, 0.0)
        self._paid: OrderedDict[str, None] = OrderedDict()  # calls, the oldest first

    def __len__(self) -> int:
        """How many sources and calls are remembered."""
        return len(self._strangers) + len(self._known) + len(self._paid)

    def admits(self, host: str, now: float, cost: float = 1.0) -> bool:
        """Whether one more message of `host`, an IP literal, may be looked at; if so, it is paid.

        `cost` tells how many messages it is worth. `now` is in monotonic seconds.
        """
        rates = self._rates
        known = self._known.get(host)
        if known is not None and now < known.known_until:
            known.refill(rates.known_per_s, rates.known_burst, now)
            if known.tokens < cost:
                return False
            known.tokens -= cost
            return True
        stranger = self._stranger(host, now)
        if stranger.tokens < cost:
            return False
        everyone = self._all_strangers
        everyone.refill(rates.strangers_per_s, rates.strangers_burst, now)
        if everyone.tokens < cost:
            return False
        stranger.tokens -= cost
        everyone.tokens -= cost
        return True

    def knows(self, host: str, now: float) -> bool:
        """Whether `host` is no stranger."""
        known = self._known.get(host)
        return known is not None and now < known.known_until

    def meet(self, host: str, now: float) -> None:
        """We send a request to `host`: our server, whom we call, or who is in a call with us."""
        rates = self._rates
        known = self._known.pop(host, None)
        if known is None:
            if len(self._known) >= rates.known:
                self._known.popitem(last=False)
            known = _Bucket(rates.known_burst, now)
        known.known_until = now + rates.known_s
        self._known[host] = known

    def take_call(self, host: str, call: str, now: float) -> None:
        """We answered a call of `host`; `call` names it, and each call counts once."""
        if call in self._paid:
            return
        if len(self._paid) >= self._rates.known:
            self._paid.popitem(last=False)
        self._paid[call] = None
        self.meet(host, now)
        known = self._known[host]
        known.tokens = max(known.tokens, min(self._rates.most, known.tokens + self._rates.per_call))

    def _stranger(self, host: str, now: float) -> _Bucket:
        rates = self._rates
        source = _source(host)
        bucket = self._strangers.get(source)
        if bucket is not None:
            self._strangers.move_to_end(source)
        else:
            if len(self._strangers) >= rates.strangers:
                self._strangers.popitem(last=False)
            bucket = self._strangers[source] = _Bucket(rates.stranger_burst, now)
        bucket.refill(rates.stranger_per_s, rates.stranger_burst, now)
        return bucket


def cost_of(data: bytes) -> float:
    """How many ordinary messages this one is worth: who sends much uses up much memory."""
    return max(1.0, len(data) / _PLAIN_BYTES)


def _source(host: str) -> Source:
    """Who pays for `host`. Link-local hosts are neighbours, each with an address of its own."""
    if ":" not in host or host.startswith("fe80:"):
        return host
    try:
        return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])[:_PREFIX_BYTES]
    except OSError:
        return host
