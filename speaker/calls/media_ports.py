"""Where the sound of calls comes and goes: its ports, and our address as each peer sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.security.dtls_identity import DtlsIdentity
from nat.local_address import NoRoute, local_address_towards
from nat.port_pair import open_port_pair
from speaker.calls.call_media import CallMedia
from speaker.calls.media_plan import media_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from conf.settings import AccountSettings, SipSettings
    from nat.datagram_path import Tap
    from speaker.calls.call_media import Sound

SOMEWHERE = "192.0.2.1"
"""An address that is nobody's (RFC 5737): the way there is the way out of this machine."""


class MediaPorts:
    """Opens the ports of each call by the settings of the moment."""

    def __init__(
        self,
        bind: str | None,
        sound: Sound,
        settings: Callable[[], SipSettings],
        *,
        tap: Tap | None = None,
    ) -> None:
        """`tap` hears what passes them."""
        self._bind = bind
        self._sound = sound
        self._settings = settings
        self._tap = tap
        self._identity = DtlsIdentity()

    def open(self, account: AccountSettings, peer_host: str) -> CallMedia:
        """The sound of a new call with a peer at `peer_host` (IP literal).

        Raises:
            NoFreePort: no pair of ports is free.
            NoRoute: there is no way to that peer.
        """
        sip = self._settings()
        address = self.address_towards(peer_host)
        plan = media_plan(sip, account, address, self._identity)
        paths = open_port_pair(self._bind, sip.rtp_start_port, self._tap)
        return CallMedia(plan, paths, self._sound)

    def address_towards(self, peer_host: str) -> str:
        """Where the peer finds us now; raises NoRoute."""
        if self._bind is not None:
            return self._bind
        try:
            return local_address_towards(peer_host)
        except (NoRoute, ValueError):
            return local_address_towards(SOMEWHERE)

    @property
    def told_address(self) -> str:
        """The address that people are told, in brackets where it needs them."""
        host = self._bind
        if host is None:
            try:
                host = local_address_towards(SOMEWHERE)
            except NoRoute:
                host = "127.0.0.1"
        return f"[{host}]" if ":" in host else host
