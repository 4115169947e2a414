"""All connections of one door, by where they come from: who makes room when there are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_CONNECTIONS: Final = 2048
"""A thousand that listen to events and those of a few browsers fit well."""


class Member(Protocol):
    """A connection."""

    @property
    def source(self) -> str:
        """Where it comes from."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""

    @property
    def is_unanswered(self) -> bool:
        """Whether there is a request of which no answer has begun: perhaps its body drips in."""


class Crowd:
    """Who is connected. `most` tells how many there may be, `most_of_one` how many of a source."""

    def __init__(
        self,
        most: Callable[[], int] = lambda: MOST_CONNECTIONS,
        most_of_one: Callable[[], int] | None = None,
    ) -> None:
        self._most = most
        self._most_of_one = most_of_one or most
        self._count = 0
        # Of each source the one that came first is the first.
        self._by_source: dict[str, dict[Member, None]] = {}

    def __len__(self) -> int:
        return self._count

    def join(self, newcomer: Member) -> Member | None:
        """Count somebody; who has to go for that: an idle one of the source that has most.

        Where that has none it is, for a newcomer of another source, one that waits for its answer;
        else the newcomer: what is being answered is not cut.
        """
        self._by_source.setdefault(newcomer.source, {})[newcomer] = None
        self._count += 1
        own = self._by_source[newcomer.source]
        if len(own) > self._most_of_one():
            greediest = own
        elif self._count <= self._most():
            return None
        else:
            greediest = max(self._by_source.values(), key=len)
        idle = next((each for each in greediest if each.is_idle), None)
        if idle is not None or newcomer in greediest:
            return idle or newcomer
        return next((each for each in greediest if each.is_unanswered), newcomer)

    def leave(self, member: Member) -> None:
        """Somebody is gone, or has become a WebSocket; more calls do nothing."""
        members = self._by_source.get(member.source, {})
        if member not in members:
            return
        del members[member]
        self._count -= 1
        if not members:
            del self._by_source[member.source]
