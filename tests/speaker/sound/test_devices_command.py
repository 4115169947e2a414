"""`speaker devices`: what is printed of the cards that a library lists."""

import json
from typing import Any

import pytest

from media.devices.portaudio import PortAudio
from speaker.sound.devices_command import HOW_TO_NAME, NO_CARD, tell_devices
from tests.media.devices.card_library import CardLibrary, SimulatedCard

CARDS = (
    SimulatedCard("PCH: ALC3234 Analog (hw:0,0)", outputs=2, inputs=0, rates_hz=(44_100,)),
    SimulatedCard("USB Mic (hw:1,0)", outputs=0, inputs=1),
    SimulatedCard("default", outputs=32, inputs=32),
)


def host_of(*cards: SimulatedCard) -> PortAudio:
    library = CardLibrary(*cards)
    return PortAudio(lambda: library, library.kernel_cards)


def test_cards_are_told_with_their_directions_rate_and_which_is_the_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tell_devices(as_json=False, host=host_of(*CARDS)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "NAME                          OUTPUT        INPUT        RATE",
        "PCH: ALC3234 Analog (hw:0,0)  2 channels *  -            44100 Hz",
        "USB Mic (hw:1,0)              -             1 channel *  48000 Hz",
        "default                       32 channels   32 channels  48000 Hz",
        "",
        HOW_TO_NAME,
    ]


def test_programs_get_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_devices(as_json=True, host=host_of(*CARDS)) == 0
    told = json.loads(capsys.readouterr().out)
    assert [card["name"] for card in told] == [card.name for card in CARDS]
    assert told[1] == {
        "name": "USB Mic (hw:1,0)",
        "outputs": 0,
        "inputs": 1,
        "rate_hz": 48_000,
        "is_default_output": False,
        "is_default_input": True,
    }


@pytest.mark.parametrize("as_json", [False, True])
def test_a_card_cannot_call_itself_what_a_terminal_obeys(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """USB and Bluetooth devices bring their names themselves."""
    tell_devices(as_json=as_json, host=host_of(SimulatedCard("\x1b]0;\x07\x9b2J", inputs=1)))
    said = capsys.readouterr().out
    assert all(line.isprintable() for line in said.splitlines())
    assert "2J" in said


@pytest.mark.parametrize(("as_json", "said"), [(False, NO_CARD), (True, "[]")])
def test_no_card_is_no_failure(
    as_json: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell_devices(as_json=as_json, host=host_of()) == 0
    assert capsys.readouterr().out == f"{said}\n"


def test_without_the_library_it_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    def load() -> Any:
        raise OSError("PortAudio library not found")

    assert tell_devices(as_json=False, host=PortAudio(load, lambda: "")) == 1
    assert "libportaudio2" in capsys.readouterr().err
