"""`speaker calls`, and the same over HTTP, of a speaker that was called."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from conf.files.data_folder import calls_folder
from speaker.main import main
from speaker.reports.calls_command import tell_calls
from speaker.reports.report_store import ReportStore
from tests.speaker.reports.verdict.reports import WELL
from tests.speaker.running import running
from tests.speaker.udp_phone import udp_phone


def asked(
    data: Path, number: int | None = None, *, last: int = 20, json: bool = False
) -> argparse.Namespace:
    """What the command line has been read to."""
    return argparse.Namespace(data=data, number=number, last=last, json=json)


WORDS = "too short to tell"


async def test_a_call_is_told_of_while_the_speaker_runs_and_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as speaker:
        async with udp_phone(speaker.sip_port) as phone:
            await phone.talk()
            await phone.end()
            await phone.talk()  # and goes on until the speaker stops
        base = "/api/v1/calls/reports"
        async with speaker.http() as client:
            told = (await client.get(base)).json()["reports"]
            one = (await client.get(f"{base}/1")).json()
            missing = await client.get(f"{base}/99")
        assert [each["number"] for each in told] == [1]
        assert one == told[0]
        assert one["way"] == "incoming"
        assert missing.status_code == 404
        speaker.terminate()
        assert await speaker.ended() == 0
    assert tell_calls(asked(tmp_path)) == 0
    heading, first, second, *_ = capsys.readouterr().out.splitlines()
    assert heading.startswith("no.")
    assert WORDS in first
    assert second.startswith("2 ")
    assert tell_calls(asked(tmp_path, last=1)) == 0
    assert not capsys.readouterr().out.splitlines()[1].startswith("1 ")
    assert tell_calls(asked(tmp_path, 1, json=True)) == 0
    assert json.loads(capsys.readouterr().out) == one
    assert tell_calls(asked(tmp_path, 2)) == 0
    assert "ended by    the speaker: the speaker is stopping" in capsys.readouterr().out


def test_a_number_that_is_not_there_says_which_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell_calls(asked(tmp_path, 7)) == 1
    assert "there is no report 7" in capsys.readouterr().err
    assert tell_calls(asked(tmp_path)) == 0
    assert "no calls yet" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "²"])
def test_what_is_no_number_is_refused(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["calls", "--data", str(tmp_path), "--", number])
    assert exit_.value.code == 2
    assert "is not a number" in capsys.readouterr().err


async def test_what_strangers_write_does_nothing_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ReportStore(calls_folder(tmp_path))
    store.keep(replace(WELL, peer="sip:\x1b[2J@x", verdict="\x1b]0;owned\x07", caller="\n\r"))
    await store.flush()
    for number in (None, 1):
        assert tell_calls(asked(tmp_path, number)) == 0
        out = capsys.readouterr().out
        assert "\\x1b[2J" in out
        assert all(line.isprintable() for line in out.split("\n"))
