from pathlib import Path

from conf.reference import page, sections

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m conf.reference > docs/settings.md"


def test_every_setting_says_what_it_means() -> None:
    rows = [row for section in sections() for row in section.settings]
    assert len({row.key for row in rows}) > 50
    assert all(row.meaning for row in rows)
    assert all(section.meaning for section in sections())


def test_times_and_levels_have_their_unit() -> None:
    units = {row.key: row.unit for section in sections() for row in section.settings}
    assert units["sip.calling_timeout_s"] == "s"
    assert units["audio.output_gain_db"] == "dB"
    assert units["sip.port"] == ""
