"""Messages that wait for their turn, served by their senders in rotation."""

from collections import deque
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class FairQueue(Generic[ItemT]):
    """Each sender's items in their order, one of each sender by turns.

    So whoever sends little is not kept waiting by what somebody else has sent before. It is bounded
    by who fills it: `SourceLimits` lets only so much in.
    """

    def __init__(self) -> None:
        self._items: dict[str, deque[ItemT]] = {}  # the sender whose turn it is comes first

    def __bool__(self) -> bool:
        return bool(self._items)

    def put(self, sender: str, item: ItemT) -> None:
        """Add an item behind the others of `sender`."""
        waiting = self._items.get(sender)
        if waiting is None:
            self._items[sender] = deque((item,))
        else:
            waiting.append(item)

    def take(self) -> ItemT:
        """The next item. Raises StopIteration when there is none."""
        sender = next(iter(self._items))
        waiting = self._items.pop(sender)
        item = waiting.popleft()
        if waiting:
            self._items[sender] = waiting
        return item

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
