"""`system:NAME` on a card of ALSA without any sound server, at the card's own rate."""

from pathlib import Path

import pytest

from tests.interop.alsa_card import NAME, AlsaCard
from tests.interop.comparison import find_speech
from tests.interop.played import Played
from tests.interop.speech import Sentence

pytestmark = pytest.mark.hears


@pytest.mark.parametrize("rate_hz", [44_100, 32_000, 16_000])
def test_every_word_is_played_at_the_rate_of_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, announcement: Sentence, rate_hz: int
) -> None:
    card = AlsaCard(tmp_path, monkeypatch, rate_hz)
    played = Played(f"system:{NAME}", "null")
    played.play(announcement)
    figures = played.engine.figures()
    played.engine.stop()
    assert find_speech(announcement.sound, card.played()).faithful, figures
