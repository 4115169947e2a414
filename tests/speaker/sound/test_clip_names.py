"""What a clip may be called."""

import pytest

from conf.validation.validate import validate
from speaker.sound.clip_names import clip_name, suffix_for
from speaker.sound.clip_refusals import BadClipName


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bell", "bell"),
        ("bell.wav", "bell"),
        (" Door bell.MP3 ", "Door bell"),
        ("song.vorbis", "song"),
        ("v1.2", "v1.2"),
        ("u\u0308ben", "\u00fcben"),
        (".wav", None),
        ("", None),
        ("..", None),
        ("../bell.wav", None),
        ("/etc/passwd", None),
        ("C:\\bell.wav", None),
        ("a\0b", None),
        ("a\nb", None),
        (".hidden", None),
        ("a" * 129, None),
        ("\N{SPEAKER}" * 60, None),
        ("\ud800", None),
    ],
)
def test_a_name_is_plain_and_leaves_out_the_ending(text: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(BadClipName):
            clip_name(text)
        return
    assert clip_name(text) == name
    assert validate({"announcement": {"clip": name}}).announcement.clip == name


def test_the_ending_tells_what_is_in_the_file() -> None:
    assert suffix_for("ogg", "opus") == ".opus"
    assert suffix_for("ogg", "vorbis") == ".ogg"
    assert suffix_for("wav", "pcm_s16le") == ".wav"
    assert suffix_for("mov,mp4,m4a,3gp,3g2,mj2", "aac") is None
