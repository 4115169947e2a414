"""How much that is no page somebody would want to know of."""

import pytest

from media.stream.listening import Arrival
from speaker.sound.page_wait import STRAYS_TOLD, Strays


@pytest.mark.parametrize("kind", [Arrival.OTHER_SOUND, Arrival.NO_RTP])
def test_a_few_strays_are_nobodys_trouble_and_a_row_of_them_is(kind: Arrival) -> None:
    strays = Strays()
    for _ in range(STRAYS_TOLD - 1):
        strays.count(kind)
    assert not strays.are_many
    strays.count(kind)
    assert strays.are_many


def test_strays_are_told_apart() -> None:
    strays = Strays()
    for kind in (Arrival.OTHER_SOUND, Arrival.NO_RTP, Arrival.NO_RTP):
        strays.count(kind)
    told = strays.statistics
    assert (told.packets_of_unknown_type, told.packets_malformed) == (1, 2)
    assert told.packets_received == 0
