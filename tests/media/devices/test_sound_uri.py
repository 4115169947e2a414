"""Sound URIs as people write them."""

import pytest

from media.devices.registry import INPUTS, OUTPUTS
from media.devices.sound_uri import (
    INPUT_FORMS,
    OUTPUT_FORMS,
    SoundUri,
    SoundUriError,
    choose_sound,
    parse_input,
    parse_output,
)

OUTPUT_URIS = [
    ("system", SoundUri("system")),
    ("system:USB Audio: front", SoundUri("system", "USB Audio: front")),
    ("null", SoundUri("null")),
    ("wav:/tmp/a b.wav", SoundUri("wav", "/tmp/a b.wav")),
    ("loop", SoundUri("loop")),
]


@pytest.mark.parametrize(("text", "uri"), OUTPUT_URIS)
def test_an_output_is_read_and_written_the_same(text: str, uri: SoundUri) -> None:
    assert parse_output(text) == uri
    assert str(uri) == text


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        *OUTPUT_URIS,
        ("room:near.wav", SoundUri("room", "near.wav")),
        (
            "room:a b.wav?delay_ms=120&drift_ppm=-100",
            SoundUri("room", "a b.wav?delay_ms=120&drift_ppm=-100"),
        ),
    ],
)
def test_an_input_is_read_and_written_the_same(text: str, uri: SoundUri) -> None:
    assert parse_input(text) == uri
    assert str(uri) == text


@pytest.mark.parametrize(
    "text",
    ["", "system:", "nul", "null:", "null:x", "wav", "wav:", "loop:1", "/tmp/a.wav", "room:a.wav"],
)
def test_a_wrong_output_is_refused_with_its_value_and_all_forms(text: str) -> None:
    with pytest.raises(SoundUriError) as refusal:
        parse_output(text)
    assert str(refusal.value) == (
        f"output: {text!r} is none of system, system:NAME, null, wav:PATH, loop"
    )


def test_a_wrong_input_is_told_of_the_room_as_well() -> None:
    with pytest.raises(SoundUriError, match=r"input: 'room' is none of .*room:PATH\.wav"):
        parse_input("room")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("delay=1", "'delay' is none of reverberation_ms, echo_db, delay_ms, drift_ppm,"),
        ("delay_ms", "delay_ms: '' is no number within 0..500"),
        ("delay_ms=600", "delay_ms: '600' is no number within 0..500"),
        ("drift_ppm=nan", "drift_ppm: 'nan' is no number within -500..500"),
        ("echo_db=-6&echo_db=-6", "echo_db is given twice"),
        ("echo_db=-6&", "'' is none of"),
    ],
)
def test_a_room_that_cannot_be_is_refused_with_the_reason(query: str, problem: str) -> None:
    with pytest.raises(SoundUriError) as refusal:
        parse_input(f"room:a.wav?{query}")
    assert str(refusal.value).startswith(f"input: 'room:a.wav?{query}': {problem}")


def test_every_form_has_a_driver() -> None:
    assert set(OUTPUTS) == set(OUTPUT_FORMS)
    assert set(INPUTS) == set(INPUT_FORMS)


@pytest.mark.parametrize(
    ("output", "input_", "chosen", "warned_of"),
    [
        (None, None, ("null", "null"), "output and input"),
        ("null", None, ("null", "null"), "input"),
        (None, "null", ("null", "null"), "output"),
        ("null", "wav:a.wav", ("null", "wav:a.wav"), ""),
        ("loop", None, ("loop", "loop"), ""),
        ("wav:a.wav", "loop", ("wav:a.wav", "loop"), ""),
        ("system", "null", ("system", "null"), ""),
    ],
)
def test_without_a_card_what_was_left_open_is_silence_with_one_warning(
    output: str | None, input_: str | None, chosen: tuple[str, str], warned_of: str
) -> None:
    sound = choose_sound(output, input_, card_is_there=False)
    assert (str(sound.output), str(sound.input)) == chosen
    assert warned_of in sound.warning
    assert bool(sound.warning) == bool(warned_of)


def test_with_a_card_what_was_left_open_is_the_card() -> None:
    sound = choose_sound(None, None, card_is_there=True)
    assert (str(sound.output), str(sound.input), sound.warning) == ("system", "system", "")


def test_a_looped_output_has_no_other_microphone() -> None:
    with pytest.raises(SoundUriError, match="'null' with output 'loop'"):
        choose_sound("loop", "null", card_is_there=True)
