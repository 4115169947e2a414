"""Sound devices as clients of VAPIX send them."""

from typing import Any


def tree(side: str, channel: object, **signaling: object) -> dict[str, Any]:
    """The whole path down to a channel, as clients send it."""
    inner = {"id": "unbalanced", "channels": [channel], **signaling}
    connection = {"id": "internal", "signalingTypes": [inner]}
    return {"devices": [{"id": "0", side: [{"id": "0", "connectionTypes": [connection]}]}]}
