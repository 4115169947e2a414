"""What `sip.silence_suppression` makes of a call's sound."""

import pytest

from conf.settings import SipSettings
from speaker.calls.media_plan import media_plan


@pytest.mark.parametrize("wanted", [False, True])
def test_silence_is_suppressed_as_set(wanted: bool) -> None:
    sip = SipSettings(silence_suppression=wanted)
    plan = media_plan(sip, sip.default_account, "192.0.2.1")
    assert plan.capabilities.silence_suppression is wanted
