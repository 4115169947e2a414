"""A call while the device's main loop runs Python without a pause, as it does when much is asked of
it at once: the sound has a thread of its own.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.bench.busy_loop import BusyLoop
from tools.bench.busy_speaker import TURN_S
from tools.bench.long_call import LOOP, long_call
from tools.bench.rtp_packet import PACKET_S
from tools.bench.speaker_device import SPEAKER
from tools.bench.underrun_count import COUNTER

SECONDS = 3.0

pytestmark = pytest.mark.hears


def test_no_sound_of_a_call_is_missing_while_the_main_loop_is_busy(tmp_path: Path) -> None:
    setup = replace(LOOP, busy_main_loop=True)
    call, busy = long_call(SPEAKER, tmp_path, SECONDS, BusyLoop, setup)
    assert isinstance(call.figures, dict), call.figures
    assert call.figures[COUNTER] == 0, call
    assert call.received >= SECONDS / PACKET_S - 1, call
    assert 1 < busy.work.turns < 1.1 * busy.work.seconds / TURN_S
