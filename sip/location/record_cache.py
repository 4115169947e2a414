"""What the DNS has said, for as long as it allowed (RFC 1035 §3.2.1, RFC 2308, RFC 8767)."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from sip.location.records import Question, Record, Records

MAXIMUM_KEPT: Final = 512
"""Questions whose answers are kept; a SIP domain takes about ten. Peers choose names, too, so there
is a bound; what has not been needed for the longest time gives way."""

LONGEST_TTL_S: Final = 86400.0
"""A record serves no longer than a day, whatever it says."""

LONGEST_NEGATIVE_TTL_S: Final = 300.0
"""Nor is a name or a type believed not to exist for longer than five minutes: the installer who has
just added the record is waiting."""

UNTIMED_S: Final = 5.0
"""How long the news serves that there is no such record, where its SOA record is missing
(dnsmasq leaves it out for its own names)."""

PAUSE_S: Final = 2.0
"""After no answer, how long the same is not asked again."""

STALE_S: Final = 86400.0
"""How long after its time an answer still serves while nobody gives a newer one (RFC 8767 §4): an
outage of the DNS is no reason to lose a server that is at its place."""

STALE_TTL_S: Final = 30.0
"""How long such an answer serves until the question is asked again (RFC 8767 §4)."""


@dataclass(slots=True)
class _Entry:
    records: tuple[Record, ...]
    good_until: float
    ask_again_at: float = 0.0  # later than `good_until` after a failure


class RecordCache:
    """Answers by question. Reads no clock: `now` is given, in monotonic seconds."""

    def __init__(self, *, maximum: int = MAXIMUM_KEPT) -> None:
        self._maximum = maximum
        self._entries: OrderedDict[Question, _Entry] = OrderedDict()

    def __len__(self) -> int:
        """How many answers are kept, those that have expired included."""
        return len(self._entries)

    def recall(self, question: Question, now: float) -> Records | None:
        """What need not be asked again yet; None where it has to be asked."""
        entry = self._entries.get(question)
        if entry is None or now >= max(entry.good_until, entry.ask_again_at):
            return None
        self._entries.move_to_end(question)
        return _as_known(entry, now)

    def learn(
        self, question: Question, records: tuple[Record, ...], ttl_s: float | None, now: float
    ) -> Records:
        """Keep an answer; `ttl_s` is None where the DNS does not say how long it is good."""
        longest = LONGEST_TTL_S if records else LONGEST_NEGATIVE_TTL_S
        ttl_s = UNTIMED_S if ttl_s is None else min(max(ttl_s, 0.0), longest)
        entry = _Entry(records, now + ttl_s)
        self._keep(question, entry)
        return Records(records, entry.good_until)

    def fail(self, question: Question, now: float) -> Records:
        """Nobody could tell: the last that was known of it, else nothing, for a short while."""
        entry = self._entries.get(question)
        if entry is None or not entry.records or now >= entry.good_until + STALE_S:
            entry = _Entry((), now, now + PAUSE_S)
        else:
            entry.ask_again_at = now + STALE_TTL_S
        self._keep(question, entry)
        return _as_known(entry, now)

    def doubt(self) -> None:
        """Forget failures and what does not exist: another network may know better."""
        for question, entry in list(self._entries.items()):
            entry.ask_again_at = 0.0
            if not entry.records:
                del self._entries[question]

    def _keep(self, question: Question, entry: _Entry) -> None:
        self._entries[question] = entry
        self._entries.move_to_end(question)
        while len(self._entries) > self._maximum:
            self._entries.popitem(last=False)


def _as_known(entry: _Entry, now: float) -> Records:
    good_until = entry.good_until if now < entry.good_until else entry.ask_again_at
    return Records(entry.records, good_until)
