"""Recipients told something, without a device around."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conf.settings import Settings
from conf.validation.validate import validate
from speaker.notifications.delivery import Delivery
from speaker.notifications.failure import DeliveryFailed
from speaker.notifications.notification import Notification
from speaker.notifications.trust import Trust

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def settings(recipient: dict[str, Any], **more: Any) -> Settings:
    """Settings with one recipient."""
    return validate({"recipients": [{"name": "gate", **recipient}], **more})


async def tell(
    recipient: dict[str, Any],
    notification: Notification = Notification(message="it rings"),  # noqa: B008 - it is frozen
    *,
    certificates: Path = Path("/nonexistent"),
    **more: Any,
) -> str:
    """Tell it; why that has failed, or nothing."""
    failure = await failure_of(settings(recipient, **more), notification, certificates)
    return "" if failure is None else str(failure)


async def failure_of(
    known: Settings,
    notification: Notification = Notification(message="it rings"),  # noqa: B008
    certificates: Path = Path("/nonexistent"),
) -> DeliveryFailed | None:
    """Tell the recipient of these settings; how that has failed."""
    delivery = Delivery(Trust(certificates), lambda: NOON)
    try:
        await delivery.deliver(known.recipients[0], notification, known)
    except DeliveryFailed as failure:
        return failure
    return None
