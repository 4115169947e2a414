"""Cards by name, what they take, and those that come later, with a library whose cards are data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from media.devices import portaudio
from media.devices.card_format import CardFormat
from media.devices.device import SoundDeviceError
from media.devices.portaudio import Card, Lease, NoSoundLibrary, PortAudio, Stream, find_card
from tests.media.devices.card_library import CardLibrary, SimulatedCard, SimulatedStream

ONBOARD = "PCH: ALC3234 Analog (hw:0,0)"
USB = "USB Audio Device: - (hw:1,0)"
HDMI = "PCH: HDMI 0 (hw:0,3)"


def host_of(library: CardLibrary) -> PortAudio:
    return PortAudio(lambda: library, library.kernel_cards)


def make(library: Any, card: Card, asked: CardFormat, on_end: Callable[[], None]) -> Stream:
    """An output whose callback is never called."""
    stream: Stream = library.RawOutputStream(
        samplerate=asked.rate_hz, channels=asked.channels, blocksize=asked.block, dtype="float32",
        latency=0.04, device=card.index, callback=print, finished_callback=on_end,
    )  # fmt: skip
    return stream


def stream_of(lease: Lease) -> SimulatedStream:
    assert isinstance(lease.stream, SimulatedStream)
    return lease.stream


def nothing() -> None:
    """For streams whose end is of no interest."""


@pytest.mark.parametrize(
    ("name", "found"),
    [("", ONBOARD), ("usb", USB), (USB, USB), ("hw:0,3", HDMI), ("PCH", ONBOARD), ("x", None)],
)
def test_a_name_means_the_card_of_that_name_or_the_first_that_contains_it(
    name: str, found: str | None
) -> None:
    library = CardLibrary(SimulatedCard(ONBOARD), SimulatedCard(HDMI), SimulatedCard(USB))
    card = find_card(host_of(library).cards(), "output", name)
    assert (card.name if card else None) == found


def test_an_exact_name_goes_before_a_longer_one() -> None:
    cards = host_of(CardLibrary(SimulatedCard("pulse-mono"), SimulatedCard("pulse"))).cards()
    card = find_card(cards, "input", "pulse")
    assert card is not None
    assert card.name == "pulse"


def test_a_microphone_is_no_loudspeaker() -> None:
    cards = host_of(CardLibrary(SimulatedCard("Mic USB", outputs=0), SimulatedCard(USB))).cards()
    for name in ("", "USB"):
        card = find_card(cards, "output", name)
        assert card is not None
        assert card.name == USB


@pytest.mark.parametrize(
    ("rates_hz", "channels", "opened"),
    [
        ((48_000,), (1, 2), (48_000, 2)),
        ((44_100, 48_000), (1,), (48_000, 1)),
        ((44_100,), (2,), (44_100, 2)),
        ((32_000,), (1, 2), (32_000, 2)),
        ((16_000, 8_000), (1,), (16_000, 1)),
        ((8_000,), (1,), (8_000, 1)),
    ],
)
def test_a_card_is_opened_in_the_best_form_that_it_takes(
    rates_hz: tuple[int, ...], channels: tuple[int, ...], opened: tuple[int, int]
) -> None:
    host = host_of(CardLibrary(SimulatedCard(USB, rates_hz=rates_hz, channels=channels)))
    stream = stream_of(host.open("output", "USB", make, nothing))
    assert (stream.samplerate, stream.channels) == opened
    assert stream.blocksize == opened[0] // 100
    assert stream.state == "started"


def test_a_card_in_use_is_refused_at_once_and_says_so() -> None:
    host = host_of(CardLibrary(SimulatedCard(USB, in_use=True)))
    with pytest.raises(SoundDeviceError, match=r"^output system:USB: .*Device unavailable; there"):
        host.open("output", "USB", make, nothing)


def test_a_card_that_takes_nothing_names_what_was_asked_first() -> None:
    host = host_of(CardLibrary(SimulatedCard(USB, channels=(6,))))
    with pytest.raises(SoundDeviceError, match="Invalid number of channels"):
        host.open("output", "USB", make, nothing)


def test_a_name_that_no_card_has_is_told_with_those_that_there_are() -> None:
    host = host_of(CardLibrary(SimulatedCard(ONBOARD), SimulatedCard("Mic", outputs=0)))
    with pytest.raises(SoundDeviceError) as told:
        host.open("output", "Nonesuch", make, nothing)
    assert str(told.value) == (
        f"output system:Nonesuch: no card has this name; there are: {ONBOARD}"
    )


def test_no_card_at_all_is_one_sentence() -> None:
    with pytest.raises(SoundDeviceError) as told:
        host_of(CardLibrary()).open("output", "", make, nothing)
    assert str(told.value) == "output system: there is no default card; there is no sound card"


def test_a_missing_library_names_the_package() -> None:
    def load() -> Any:
        raise OSError("PortAudio library not found")

    with pytest.raises(NoSoundLibrary, match="libportaudio2"):
        PortAudio(load, lambda: "").open("output", "", make, nothing)


def test_a_card_plugged_in_while_another_plays_is_found_and_the_other_goes_on() -> None:
    onboard, usb = SimulatedCard(ONBOARD), SimulatedCard(USB)
    library, ends = CardLibrary(onboard), []
    host = host_of(library)
    playing = host.open("output", "PCH", make, lambda: ends.append("end"))
    first = stream_of(playing)
    library.plugged.insert(0, usb)
    found = host.open("output", "USB", make, nothing)
    assert stream_of(found).card is usb
    assert first.state == "closed"
    assert stream_of(playing) is not first
    assert (stream_of(playing).card, stream_of(playing).state) == (onboard, "started")
    assert ends == []


def test_what_plays_is_not_interrupted_when_nothing_new_was_plugged_in() -> None:
    onboard, usb = SimulatedCard(ONBOARD), SimulatedCard(USB)
    library = CardLibrary(onboard, usb)
    host = host_of(library)
    playing = host.open("output", "PCH", make, nothing)
    starts = library.starts
    library.plugged.remove(usb)
    for _ in range(3):
        with pytest.raises(SoundDeviceError):
            host.open("output", "USB", make, nothing)
    library.plugged.append(usb)
    host.open("output", "USB", make, nothing)
    assert library.starts == starts
    assert stream_of(playing).stops == []


def test_a_card_that_went_away_during_the_interruption_is_told_as_ended() -> None:
    onboard, ends = SimulatedCard(ONBOARD), []
    library = CardLibrary(onboard)
    host = host_of(library)
    playing = host.open("output", "PCH", make, lambda: ends.append("end"))
    library.plugged = [SimulatedCard(USB)]
    host.open("output", "USB", make, nothing)
    assert ends == ["end"]
    host.close(playing, play_out=True)
    assert playing.stream is None


def test_a_stream_that_ends_by_itself_is_told() -> None:
    ends: list[str] = []
    host = host_of(CardLibrary(SimulatedCard(USB)))
    stream_of(host.open("output", "", make, lambda: ends.append("end"))).break_down()
    assert ends == ["end"]


def test_a_runtime_folder_that_cannot_be_looked_into_has_no_sound_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As under systemd with `ProtectHome=`; to root only a name that is too long is one."""
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/" + 300 * "x")
    monkeypatch.setattr(portaudio, "KERNEL_CARDS", Path("/nonexistent"))
    assert not portaudio.card_is_there()
