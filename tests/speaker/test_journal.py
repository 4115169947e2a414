"""The last lines of the log are kept: bounded, without secrets, beyond the end of the program."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conf.files.data_folder import FILE_MODE
from speaker.journal import KEPT, MASK, MOST_FIELDS, Journal
from speaker.journal_files import JournalFiles
from speaker.journal_line import JournalLine, Kind, MalformedLine, parse_line

AT = datetime(2026, 11, 27, 16, 2, 20, 307_000, tzinfo=UTC)


def make_journal() -> Journal:
    return Journal(wall=lambda: AT)


def events(journal: Journal, kind: Kind = Kind.SYSTEM) -> list[str]:
    return [line.event for line in journal.lines(kind)]


def test_a_line_has_its_time_level_event_and_fields() -> None:
    journal = make_journal()
    journal(None, "warning", {"event": "call ends", "level": "warning", "code": 486, "why": "Busy"})
    (line,) = journal.lines()
    assert line == JournalLine(1, AT, "warning", "call ends", {"code": 486, "why": "Busy"})


def test_as_text_it_is_one_line_in_the_form_of_such_devices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = JournalLine(1, AT, "info", "call ends", {"peer": "sip:a@b", "why": "Not Found", "x": ""})
    at = AT.astimezone().isoformat(timespec="milliseconds")
    assert line.text("gate", 42) == (
        f'{at} gate [ INFO    ] speaker[42]: call ends peer=sip:a@b why="Not Found" x=""'
    )


def test_an_exception_follows_indented() -> None:
    journal = make_journal()
    journal(None, "error", {"event": "failed", "level": "error", "exception": "Traceback\nBoom: x"})
    assert journal.lines()[0].text("h", 1).splitlines()[1:] == ["    Traceback", "    Boom: x"]


def test_the_oldest_lines_go_first_and_each_log_has_its_own() -> None:
    journal = make_journal()
    for number in range(KEPT[Kind.ACCESS] + 10):
        journal.note(f"login failed {number}", kind=Kind.ACCESS)
    journal.note("ready")
    assert events(journal) == ["ready"]
    kept = events(journal, Kind.ACCESS)
    assert (len(kept), kept[0]) == (KEPT[Kind.ACCESS], "login failed 10")


def test_who_logs_says_that_somebody_tried_to_get_in() -> None:
    journal = make_journal()
    shown = journal(None, "warning", {"event": "login failed", "journal": "access", "user": "joe"})
    assert "journal" not in shown
    assert (events(journal), events(journal, Kind.ACCESS)) == ([], ["login failed"])


def test_the_last_lines_and_those_that_are_new_can_be_asked_for() -> None:
    journal = make_journal()
    for name in "abcd":
        journal.note(name)
    assert [line.event for line in journal.lines(tail=2)] == ["c", "d"]
    assert journal.lines(tail=0) == []
    assert [line.event for line in journal.lines(after=journal.lines()[2].number)] == ["d"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "hunter2"),
        ("sip_password", "hunter2"),
        ("srtp_key", "hunter2"),
        ("pwd", "hunter2"),
    ],
)
def test_a_field_named_like_a_secret_is_masked(field: str, value: str) -> None:
    journal = make_journal()
    journal(None, "info", {"event": "x", field: value})
    assert journal.lines()[0].fields == {field: MASK}


@pytest.mark.parametrize(
    "text",
    [
        "GET /axis-cgi/pwdgrp.cgi?action=add&pwd=hunter2&user=joe",
        "Authorization: Basic hunter2",
        "password = hunter2",
    ],
)
def test_a_secret_within_a_text_is_masked(text: str) -> None:
    journal = make_journal()
    journal(None, "info", {"event": text, "request": text})
    told = journal.lines()[0].text("h", 1)
    assert "hunter2" not in told
    assert MASK in told


def test_what_is_kept_of_a_line_is_bounded_and_can_be_shown() -> None:
    journal = make_journal()
    flood: dict[str, object] = {f"f{number}": "x" * 60_000 for number in range(1000)}
    journal(None, "info", {"event": "\x1b[2J\n" + "y" * 60_000, **flood})
    (line,) = journal.lines()
    assert len(line.fields) == MOST_FIELDS
    assert len(line.text("h", 1)) < 10_000
    assert line.text("h", 1).isprintable()


def test_values_that_json_has_not_become_words() -> None:
    journal = make_journal()
    journal(None, "info", {"event": "x", "a": float("nan"), "b": float("inf"), "c": AT, "d": None})
    json.loads(json.dumps(journal.lines()[0].as_json(), allow_nan=False))
    assert journal.lines()[0].fields["d"] is None


def test_lines_of_earlier_runs_come_first(tmp_path: Path) -> None:
    first = make_journal()
    first.note("before the folder was known")
    with first.kept_in(tmp_path / "log"):
        first.note("one", fields={"peer": "ü", "n": 1})
        first.note("tried", kind=Kind.ACCESS)
    second = make_journal()
    with second.kept_in(tmp_path / "log"):
        second.note("two")
        assert events(second) == ["before the folder was known", "one", "two"]
        assert events(second, Kind.ACCESS) == ["tried"]
        assert second.lines()[1].fields == {"peer": "ü", "n": 1}
        numbers = [line.number for kind in Kind for line in second.lines(kind)]
        assert sorted(numbers) == [1, 2, 3, 4]


def test_files_are_for_their_owner_and_bounded(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path, largest=1000)
    line = JournalLine(1, AT, "info", "x" * 200, {})
    for _ in range(50):
        files.append([(Kind.SYSTEM, line)])
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.keys() <= {"system.jsonl", "system.1.jsonl"}
    assert all(size < 1500 for size in sizes.values())
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {FILE_MODE}
    assert len(files.load(Kind.SYSTEM)) >= 4


def test_a_line_that_was_cut_is_passed_over_and_the_next_one_is_whole(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path)
    line = JournalLine(0, AT, "info", "whole", {})
    files.append([(Kind.SYSTEM, line)])
    file = tmp_path / "system.jsonl"
    file.write_bytes(file.read_bytes() + b'\xff\x00{"at":"2026-')
    files.append([(Kind.SYSTEM, line)])
    assert files.load(Kind.SYSTEM) == [line, line]


def test_a_disk_that_takes_nothing_is_told_of_once_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file where the folder should be")
    journal = make_journal()
    with journal.kept_in(tmp_path / "log"):
        journal.note("one")
        journal.note("two")
    assert events(journal)[:2] == ["one", "two"]
    assert events(journal).count("the log cannot be kept") == 1


def test_any_thread_may_log(tmp_path: Path) -> None:
    journal = make_journal()

    def log_a_lot() -> None:
        for _ in range(200):
            journal.note("x")

    with journal.kept_in(tmp_path):
        threads = [threading.Thread(target=log_a_lot) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [line.number for line in journal.lines()] == list(range(1, 801))
    assert len(JournalFiles(tmp_path).load(Kind.SYSTEM)) == 800


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"at":1,"level":"info","event":"x"}',
        b'{"at":"2026-11-27T00:00:00+00:00","level":1,"event":"x"}',
        b'{"at":"2026-11-27T00:00:00+00:00","level":"info","event":"x","fields":{"a":[1]}}',
        b'{"at":"0001-01-01T00:00:00+23:00","level":"info","event":"x"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_line_is_told_from_one(text: bytes) -> None:
    with pytest.raises(MalformedLine):
        parse_line(text)


LOGGING = """
import logging, sys
from pathlib import Path
from speaker.journal import Journal
from speaker.log import set_up_log
journal = Journal()
set_up_log(journal=journal)
with journal.kept_in(Path(sys.argv[1])):
    logging.getLogger("some.library").warning("odd: %s", "thing")
    logging.getLogger("some.library").info("usual")
    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("some.library").exception("unexpected")
"""


def test_what_libraries_tell_of_themselves_is_kept_too(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LOGGING, tmp_path], check=True, capture_output=True)
    odd, unexpected = JournalFiles(tmp_path).load(Kind.SYSTEM)
    assert (odd.level, odd.event, odd.fields) == (
        "warning",
        "odd: thing",
        {"library": "some.library"},
    )
    assert "ValueError: boom" in str(unexpected.fields["exception"])


RESTARTING = """
import structlog
from speaker.journal import Journal
from speaker.journal_line import Kind
from speaker.log import set_up_log
log = structlog.get_logger()
for run in ("first", "second"):
    journal = Journal()
    set_up_log(journal=journal)
    log.info(run, journal="access")
    print([line.event for kind in Kind for line in journal.lines(kind)])
"""


def test_a_logger_that_was_used_before_a_restart_tells_the_journal_of_today() -> None:
    command = [sys.executable, "-c", RESTARTING]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["['first']", "['second']"]
    assert "journal=" not in done.stderr
