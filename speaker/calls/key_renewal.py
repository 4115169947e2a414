"""Calls whose peer's key has a lifetime: they agree on other keys before it is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from sip.errors import IllegalStep
from speaker.calls.media_plan import fresh_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sip.session.endpoint import Effect
    from sip.user_agent import UserAgent
    from speaker.calls.call import Call

log = structlog.get_logger(__name__)


def renew_keys(
    call: Call, packets_left: int, user_agent: UserAgent, now: float
) -> Iterable[Effect]:
    """Offer the peer a fresh key of ours by re-INVITE, which it answers with one of its own.

    `packets_left`: what the peer's key is still good for. Where the call cannot be changed now,
    nothing is done: the engine tells once more, when less is left.
    """
    keys = fresh_keys()
    proposal = call.media.propose_with(keys)
    try:
        effects = user_agent.reinvite(call.session, proposal.body, now)
    except IllegalStep as problem:
        log.warning("keys wait to be renewed", peer=call.peer, left=packets_left, why=str(problem))
        return ()
    log.info("keys are renewed", peer=call.peer, left=packets_left)
    call.media.renew(keys, proposal)
    return effects
