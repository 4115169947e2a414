"""The voices of the program."""

import pytest

from media.speech.errors import UnknownVoice
from media.speech.voices import list_voices, parse_voices

LANGUAGES = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  chr-US-Qaaa-x-west --/M      Cherokee_          iro/chr
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)(zh 8)
 5  yue             --/M      Chinese_(Cantonese,_latin_as_Jyutping) sit/yue-Latn-jyutping
 5  en              --/M      english-mb-en1     mb/mb-en1            (en-uk 2)
"""
VARIANTS = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  variant         --/M      Adam               !v/adam
 5  variant         --/F      female3            !v/f3
 5  variant         --/M      Mr serious         !v/Mr serious
"""


def test_the_tables_of_the_program_are_read() -> None:
    voices = parse_voices(LANGUAGES, VARIANTS)
    assert [(each.language, each.name) for each in voices.voices] == [
        ("chr-US-Qaaa-x-west", "Cherokee"),
        ("en-gb", "English (Great Britain)"),
        ("en-us", "English (America)"),
        ("fr-fr", "French (France)"),
        ("yue", "Chinese (Cantonese)"),
    ]
    assert voices.variants == ("adam", "f3")


def test_voices_are_found_by_language_variant_and_for_what_they_stand_in() -> None:
    voices = parse_voices(LANGUAGES, VARIANTS)
    wanted = {
        "en-GB": "gmw/en",
        "en": "gmw/en",
        "fr": "roa/fr",
        "zh+f3": "sit/yue+f3",
        "en-us+adam": "gmw/en-US+adam",
        "chr-us-qaaa-x-west": "iro/chr",
    }
    assert {each: voices.find(each) for each in wanted} == wanted


@pytest.mark.parametrize(
    "wanted", ["", "tlh", "en-gb+", "en-gb+f99", "en-gb+../f3", "mb-en1", "../../etc/passwd", "+f3"]
)
def test_others_are_not(wanted: str) -> None:
    with pytest.raises(UnknownVoice):
        parse_voices(LANGUAGES, VARIANTS).find(wanted)


def test_the_program_tells_all_of_them() -> None:
    voices = list_voices()
    assert len(voices.voices) > 80
    assert voices.find("de+f3") == "gmw/de+f3"
