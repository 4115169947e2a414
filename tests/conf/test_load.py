"""Layers of settings: files, `--set`, flags."""

from pathlib import Path

import pytest

from conf.load import check, load_settings
from conf.settings import Settings
from conf.tables.toml import LARGEST_FILE
from conf.validation.problem import BadSettings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def told(error: BadSettings) -> list[str]:
    return [str(problem) for problem in error.problems]


def test_without_layers_the_settings_are_the_defaults() -> None:
    assert load_settings() == Settings()


def test_each_layer_wins_over_the_one_before(config: Path) -> None:
    """The order that the command line promises: --config, --set, flags (the store is below)."""
    config.write_text("[sip]\nport = 2\nmax_calls = 3\nrtp_start_port = 6000\n")
    settings = load_settings(
        config=config,
        assignments=["sip.port=3", "sip.max_calls=4"],
        flags={"sip.port": 4},
    )
    assert settings.sip.rtp_start_port == 6000
    assert (settings.sip.port, settings.sip.max_calls) == (4, 4)


def test_a_list_replaces_the_list_below_it(config: Path) -> None:
    config.write_text('[[sip.accounts]]\nid = "door"\ndefault = true\n[sip]\ncodecs = ["PCMA"]\n')
    settings = load_settings(config=config)
    assert [account.id for account in settings.sip.accounts] == ["door"]
    assert settings.sip.codecs == ("PCMA",)


def test_an_entry_of_a_default_list_can_be_set() -> None:
    settings = load_settings(assignments=["sip.accounts[0].answer_automatically=false"])
    assert not settings.sip.default_account.answer_automatically


def test_problems_of_all_layers_are_told_together(config: Path) -> None:
    config.write_text("[audio]\nloud = true\n[sip\n")
    with pytest.raises(BadSettings) as caught:
        load_settings(config=config, assignments=["oops", "sip.max_calls=0"])
    assert told(caught.value) == [
        f"{config}: is not TOML: Expected ']' at the end of a table declaration"
        " (at line 3, column 5)",
        "--set oops: is not KEY=VALUE",
        "sip.max_calls: 0 is outside 1..64",
    ]


def test_check_finds_nothing_in_a_good_file(config: Path) -> None:
    config.write_text("[sip]\nport = 5070\n")
    assert check(config) == ()


def test_a_file_that_is_not_there_is_a_problem(config: Path) -> None:
    (problem,) = check(config)
    assert str(problem) == f"{config}: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[sip]\nport = \n", "(at line 2, column 8)"),
        (b'[sip]\nname = """x\n', "(at line 3, the end of document)"),
        (b"[sip]\nname = '\xff'\n", "is not UTF-8 in line 2"),
        (b"a = " + b"[" * 5000, "nested too deep"),
        (b".".join([b"a"] * 5000) + b" = 1", "nested deeper than 16 levels"),
        (b"a = " + b"9" * 5000, "a number of too many digits"),
        (b"#" * (LARGEST_FILE + 1), "is larger than"),
    ],
    ids=["syntax", "unfinished", "not text", "lists", "keys", "digits", "size"],
)
def test_a_file_that_cannot_be_understood_is_one_problem_with_its_line(
    config: Path, data: bytes, problem: str
) -> None:
    config.write_bytes(data)
    (found,) = check(config)
    assert found.key == str(config)
    assert problem in found.rule


def test_a_path_that_is_a_folder_is_a_problem(tmp_path: Path) -> None:
    (problem,) = check(tmp_path)
    assert "is a directory" in str(problem).lower()
