"""What clients read line by line, and turn into numbers where it looks like one, stays readable."""

import pytest

from conf.validation.problem import BadSettings
from conf.validation.validate import validate


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("brand", ""),
        ("brand", "Größe"),
        ("product_full_name", "two\nlines"),
        ("product_number", "1410"),
        ("product_variant", "x" * 65),
        ("web_url", "ftp://speaker.example"),
        ("web_url", "http://[speaker.example"),
        ("web_url", "https://speaker.example/a b"),
    ],
)
def test_a_brand_that_a_client_would_misread_is_refused(key: str, value: str) -> None:
    with pytest.raises(BadSettings, match=rf"^brand\.{key}: "):
        validate({"brand": {key: value}})


def test_a_speaker_can_be_what_a_management_system_looks_for() -> None:
    brand = {"brand": "AXIS", "product_number": "C1410", "web_url": "http://www.example.com"}
    assert validate({"brand": brand}).brand.product_number == "C1410"
