import pytest

from conf.tables.assignment import Assignment
from conf.validation.problem import BadSettings


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("sip.port=5070", ("sip", "port"), 5070),
        ("announcement.clip=tone", ("announcement", "clip"), "tone"),
        ("announcement.clip=", ("announcement", "clip"), ""),
        ('announcement.clip="tone"', ("announcement", "clip"), "tone"),
        ('sip.codecs=["PCMA"]', ("sip", "codecs"), ["PCMA"]),
        ("sip.enabled=false", ("sip", "enabled"), False),
        ("audio.output_gain_db = -6.5", ("audio", "output_gain_db"), -6.5),
        ("sip.accounts[0].name=Front door", ("sip", "accounts", 0, "name"), "Front door"),
        ("device.name=a=b", ("device", "name"), "a=b"),
        ("device.name=1\nx=2", ("device", "name"), "1\nx=2"),
        ("rules=[]", ("rules",), []),
    ],
)
def test_a_value_is_toml_or_else_text(
    text: str, path: tuple[str | int, ...], value: object
) -> None:
    assert Assignment.parse(text) == Assignment(path, value)


TOO_DEEP = ".".join("a" * 17) + "=1"


@pytest.mark.parametrize(
    "text", ["", "sip.port", "=1", "sip..port=1", "sip.port[=1", "[0]=1", "sip port=1", TOO_DEEP]
)
def test_what_is_no_key_and_value_is_refused(text: str) -> None:
    with pytest.raises(BadSettings, match="is not KEY=VALUE"):
        Assignment.parse(text)


def test_the_value_is_not_repeated_in_the_refusal_as_it_may_be_secret() -> None:
    with pytest.raises(BadSettings) as caught:
        Assignment.parse("sip accounts[0].password=hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sip.accounts[1].name=x", "sip.accounts[1]: is not there to set"),
        ("sip.accounts.name=x", "sip.accounts.name: is not there to set"),
        ("sip.port.x=1", "sip.port.x: is not there to set"),
        ("sip[0]=1", "sip[0]: is not there to set"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(text: str, named: str) -> None:
    tables = {"sip": {"port": 5060, "accounts": [{"id": "a"}]}}
    with pytest.raises(BadSettings) as caught:
        Assignment.parse(text).put_into(tables)
    assert str(caught.value) == named


def test_tables_that_are_not_there_are_made() -> None:
    tables: dict[str, object] = {}
    Assignment.parse("sip.port=1").put_into(tables)
    assert tables == {"sip": {"port": 1}}
