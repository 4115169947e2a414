"""Single settings by their keys: `get`, `set` and `unset`."""

import json
from pathlib import Path

import pytest

from tests.speaker.ctl.terminal import Terminal, terminal, url_of
from tests.speaker.http.visitors import add, set_up

Capsys = pytest.CaptureFixture[str]


async def test_a_value_is_told_bare_and_a_section_as_lines_that_set_takes_back(
    tmp_path: Path, capsys: Capsys
) -> None:
    async with terminal(tmp_path, capsys, "device.name=Front door") as (ctl, _):
        assert await ctl.tells("get", "device.name") == "Front door\n"
        assert await ctl.tells("get", "audio.output_muted") == "false\n"
        assert await ctl.tells("get", "sip.codecs[1]") == "G722\n"
        assert 'device.name = "Front door"\n' in await ctl.tells("get", "device")
        everything = await ctl.tells("get")
        assert 'sip.accounts[0].id = "peer_to_peer"\n' in everything
        assert 'sip.codecs = ["opus", "G722", "PCMU", "PCMA"]\n' in everything
        before = (await ctl("get", "--json")).json
        await ctl.tells("set", *(await ctl.tells("get", "audio")).splitlines())
        assert (await ctl("get", "--json")).json == before
        assert "sip.prot: is not a setting" in await ctl.refuses("get", "sip.prot")
        assert (await ctl("get", "a..b")).code == 2
        assert (await ctl("get", "sip.port=3")).code == 2


async def test_several_are_set_at_once_or_none(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        told = await ctl.tells("set", "audio.input_gain_db=3", 'sip.codecs=["PCMA"]')
        assert told == 'audio.input_gain_db = 3.0\nsip.codecs = ["PCMA"]\n'
        said = await ctl.refuses("set", "audio.input_gain_db=4", "sip.port=70000", "foo.bar=1")
        assert (
            said == "speaker: sip.port: 70000 is outside 0..65535\nspeaker: foo: is not a setting\n"
        )
        assert served.device.store.settings.audio.input_gain_db == 3
        assert "foo: is not a setting" in await ctl.refuses("set", "foo=1")
        assert "sip" in await ctl.refuses("set", "sip=1")
        wrong = await ctl("set", "device.name")
        assert (wrong.code, wrong.err) == (2, "speaker: device.name: is not KEY=VALUE\n")
        assert (await ctl("set", "audio.input_gain_db=nan")).code == 2


async def test_a_secret_is_set_and_never_told(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        told = await ctl.tells("set", 'sip.accounts[0].answer_access_code="97531"')
        assert told == 'sip.accounts[0].answer_access_code = "(hidden)"\n'
        await ctl.tells("set", "sip.accounts[0].name=Door")
        account = served.device.store.settings.sip.accounts[0]
        assert (account.name, account.answer_access_code.reveal()) == ("Door", "97531")
        wrong = await ctl("set", "sip.accounts[0]..x=97531")
        assert (wrong.code, "97531" in wrong.err) == (2, False)


async def test_entries_of_lists_are_changed_and_taken_away(tmp_path: Path, capsys: Capsys) -> None:
    names = [f'rules[{i}].name="{name}"' for i, name in enumerate("abc")]
    rule = '{name = "%s", conditions = [{event = "manual.trigger", name = "x"}], action = [%s]}'
    action = '{type = "hang_up"}'
    async with terminal(tmp_path, capsys) as (ctl, served):
        rules = ", ".join(rule % (name, action) for name in "xyz")
        await ctl.tells("set", f"rules=[{rules}]")
        await ctl.tells("set", *names)
        assert [each.name for each in served.device.store.settings.rules] == ["a", "b", "c"]
        await ctl.tells("unset", "rules[0]", "rules[1]")
        assert [each.name for each in served.device.store.settings.rules] == ["c"]
        assert "rules[7]: is not there" in await ctl.refuses("unset", "rules[7]")
        assert "rules[7]: is not there" in await ctl.refuses("set", "rules[7].name=x")
        assert "sip.port[0]: is not there" in await ctl.refuses("set", "sip.port[0]=1")
        await ctl.tells("unset", "rules")
        assert served.device.store.settings.rules == ()


async def test_a_default_counts_again(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys, "device.name=Gate", "audio.input_gain_db=3") as (ctl, _):
        assert await ctl.tells("unset", "device.name") == 'device.name = "Intercom speaker"\n'
        assert "audio.input_gain_db = 0.0\n" in await ctl.tells("unset", "audio")
        assert "foo" in await ctl.refuses("unset", "foo.bar")


async def test_an_operator_changes_the_sections_of_operators(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEAKER_PASSWORD", "pass phrase")
    async with terminal(tmp_path, capsys) as (_, served):
        await set_up(served)
        await add(served, "joe", "pass phrase", "operator")
        joe = Terminal(capsys, ["--url", url_of(tmp_path), "--user", "joe"])
        await joe.tells("set", "audio.input_gain_db=3", "audio.output_gain_db=-3")
        await joe.tells("unset", "audio")
        said = await joe.refuses("set", "device.name=x")
        assert said == "speaker: this account may not do that\n"
        told = json.loads(await joe.tells("get", "audio", "--json"))
        assert told["input_gain_db"] == 0
