"""What `media_encryption` of an account makes of a call."""

from __future__ import annotations

import pytest

from media.sdp.negotiation import Capabilities, Encryption, Origin, make_offer, read_answer
from media.security.srtp import SrtpSuite
from sip.session.events import Answered, Ended
from tests.speaker.stage import Stage

KEYS = {suite: bytes(suite.key_octets) for suite in SrtpSuite}


def stage_with(encryption: str) -> Stage:
    account = {"id": "a", "default": True, "media_encryption": encryption}
    return Stage({"sip": {"accounts": [account]}})


def call(stage: Stage, encryption: Encryption) -> bytes:
    """Let the phone call with an offer of its own; the offer."""
    capabilities = Capabilities(encryption=encryption, keys=KEYS)
    host = stage.phone.host
    stage.offer = make_offer(capabilities, host, 6000, origin=Origin(1, 1, host))
    stage.call()
    return stage.offer


@pytest.mark.parametrize(
    ("ours", "theirs", "is_encrypted"),
    [
        ("none", Encryption.NONE, False),
        ("none", Encryption.BEST_EFFORT, False),
        ("none", Encryption.MANDATORY, None),
        ("best_effort", Encryption.NONE, False),
        ("best_effort", Encryption.BEST_EFFORT, True),
        ("best_effort", Encryption.MANDATORY, True),
        ("mandatory", Encryption.NONE, None),
        ("mandatory", Encryption.BEST_EFFORT, True),
        ("mandatory", Encryption.MANDATORY, True),
    ],
)
def test_two_sides_meet_or_the_call_is_refused_with_488(
    ours: str, theirs: Encryption, is_encrypted: bool | None
) -> None:
    """None: it is refused."""
    stage = stage_with(ours)
    offer = call(stage, theirs)
    if is_encrypted is None:
        assert [e.code for e in stage.phone.events if isinstance(e, Ended)] == [488]
        return
    (answer,) = [e.body for e in stage.phone.events if isinstance(e, Answered)]
    assert (read_answer(offer, answer).srtp is not None) is is_encrypted


def test_no_two_calls_have_a_key_in_common() -> None:
    keys = set()
    for _ in range(2):
        stage = stage_with("mandatory")
        offer = call(stage, Encryption.MANDATORY)
        (answer,) = [e.body for e in stage.phone.events if isinstance(e, Answered)]
        agreed = read_answer(offer, answer)
        assert agreed.srtp is not None
        keys.add(agreed.srtp.remote)
    assert len(keys) == 2


def test_both_sides_are_heard_through_the_encryption() -> None:
    stage = stage_with("mandatory")
    call(stage, Encryption.MANDATORY)
    stage.run(1.0)
    assert stage.room_level_db() > -20
    assert stage.phone_level_db() > -20
