"""Keys of encrypted sound that whoever listens in to the signalling can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conf.settings import AccountSettings

log = structlog.get_logger(__name__)

READABLE: Final = ("udp", "tcp")


def warn_of_readable_keys(accounts: Iterable[AccountSettings]) -> None:
    """Tell of each account whose own calls have their keys in messages that anybody can read."""
    for account in accounts:
        is_encrypted = account.media_encryption != "none"
        by_messages = account.media_key_exchange == "sdes" and account.transport in READABLE
        if account.active and is_encrypted and by_messages:
            log.warning(
                "keys of encrypted sound can be read on the way: they are in SIP messages without"
                ' TLS; set `transport = "tls"` or `media_key_exchange = "dtls"`',
                account=account.id,
                transport=account.transport,
            )
