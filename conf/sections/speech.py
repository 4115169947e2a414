"""Text that is spoken: the section `[speech]`, and what may be said."""

from typing import Annotated, Final

from conf.sections.table import Table
from conf.values.constraints import Range, Text

LONGEST_TEXT: Final = 1000
_VOICE: Final = r"[A-Za-z0-9-]{2,40}(\+[A-Za-z0-9_-]{1,40})?"
_VOICE_WORDS: Final = "a voice such as `en-gb` or `de+f3`"

SpokenText = Annotated[
    str,
    Text(
        rf"(?=.*\S)[^\x00-\x1f\x7f-\x9f]{{1,{LONGEST_TEXT}}}",
        f"text of 1 to {LONGEST_TEXT} characters, in one line and without controls",
    ),
]
VoiceName = Annotated[str, Text(_VOICE, _VOICE_WORDS)]
OptionalVoiceName = Annotated[str, Text(f"({_VOICE})?", f"empty or {_VOICE_WORDS}")]


class SpeechSettings(Table):
    """How text is spoken (`/api/v1/speak`, `speak` of a rule), by the program espeak-ng."""

    voice: VoiceName = "en-gb"
    """Language, and behind a `+` the variant of the voice, where another one is wanted: `de`,
    `en-us+f3`. `speaker ctl voices` lists them."""
    speed_wpm: Annotated[int, Range(80, 450)] = 160
    """How fast, in words a minute."""
    pitch: Annotated[int, Range(0, 99)] = 50
    """How high; 50 is the voice's own pitch."""
