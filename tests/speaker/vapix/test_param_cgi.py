"""`param.cgi` through the real application."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from structlog.testing import capture_logs

from speaker.vapix.parameters.replies import NAMESPACE
from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import ADMINISTRATOR, add, digest, set_up, visitor
from tests.speaker.vapix.parameter_requests import PARAM, asking, listed, update


async def test_client_libraries_find_what_they_insist_on(tmp_path: Path) -> None:
    """As the library `axis` asks: a form that says it is plain text."""
    async with asking(tmp_path) as (_, http):
        answer = await http.post(
            PARAM,
            content=b"action=list&group=root.Properties",
            headers={"Content-Type": "text/plain"},
        )
        names = {line.partition("=")[0] for line in answer.text.splitlines()}
        assert names >= {
            "root.Properties.API.HTTP.Version",
            "root.Properties.Firmware.BuildDate",
            "root.Properties.Firmware.BuildNumber",
            "root.Properties.Firmware.Version",
            "root.Properties.System.SerialNumber",
        }
        brand = await listed(http, "root.Brand")
        assert brand["root.Brand.ProdType"] == "Network Speaker"
        assert len(brand) == 7


async def test_a_capability_is_told_where_it_is_there(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        found = await listed(http, "Properties")
        paths = {getattr(each, "path", "") for each in served.app.app.routes}  # type: ignore[attr-defined]
        for parameter, path in {
            "API.Metadata.Metadata": "/vapix/ws-data-stream",
            "API.SIP.SIP": "/vapix/call",
            "AudioClip.StopClip": "/axis-cgi/stopclip.cgi",
            "FirmwareManagement.Version": "/axis-cgi/firmwaremanagement.cgi",
        }.items():
            assert (f"root.Properties.{parameter}" in found) == (path in paths), parameter
        assert "root.Properties.API.Metadata.Metadata" in found
        assert "root.Properties.PTZ.PTZ" not in found


async def test_without_a_group_everything_is_listed_by_path(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, http):
        answer = await http.get(PARAM, params={"action": "list"})
        paths = [line.partition("=")[0] for line in answer.text.splitlines()]
        assert len(paths) > 60
        assert all(path.startswith("root.") for path in paths)
        assert len(set(paths)) == len(paths)


async def test_an_unknown_group_is_told_of_and_the_others_are_listed(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, http):
        answer = await http.get(PARAM, params={"action": "list", "group": "Nope,Input.NbrOfInputs"})
        assert answer.text.splitlines() == [
            "# Error: Error -1 getting param in group 'Nope'",
            "root.Input.NbrOfInputs=0",
        ]


async def test_gains_are_decibels_or_mute(tmp_path: Path) -> None:
    async with asking(tmp_path, "audio.output_gain_db=-6.5") as (served, http):
        gain = "root.AudioSource.A0.OutputGain"
        assert await listed(http, gain) == {gain: "-6.5"}
        assert await update(http, AudioSource__A0__OutputGain="mute") == "OK\n"
        assert served.device.store.settings.audio.output_muted
        assert await listed(http, gain) == {gain: "mute"}
        assert await update(http, root__AudioSource__A0__OutputGain="3") == "OK\n"
        audio = served.device.store.settings.audio
        assert (audio.output_gain_db, audio.output_muted) == (3.0, False)


async def test_the_alarm_level_is_percent_of_90_db(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        level = "root.AudioSource.A0.AlarmLevel"
        assert await listed(http, level) == {level: "50"}
        for percent, level_dbfs in (("0", -90.0), ("100", 0.0), ("33", -60.3), ("1", -89.1)):
            assert await update(http, AudioSource__A0__AlarmLevel=percent) == "OK\n"
            detection = served.device.settings.sound_detection
            assert (detection.enabled, detection.alarm_level_dbfs) == (True, level_dbfs)
            assert await listed(http, level) == {level: percent}
        for percent in ("101", "-1", "loud", ""):
            assert "Error setting" in await update(http, AudioSource__A0__AlarmLevel=percent)
        assert served.device.bus.value("audio.input_level") is False


@pytest.mark.parametrize("value", ["loud", "", "13", "-61", "1e1", "nan", "--1", "+-1", "."])
async def test_what_is_no_gain_is_refused_and_nothing_changes(tmp_path: Path, value: str) -> None:
    async with asking(tmp_path) as (served, http):
        before = served.device.store.settings
        answer = await update(http, AudioSource__A0__OutputGain=value)
        assert answer == f"# Error: Error setting 'AudioSource.A0.OutputGain' to '{value}'!\n"
        assert served.device.store.settings == before


async def test_of_several_parameters_the_good_ones_are_set(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        answer = await update(
            http, AudioSource__A0__InputGain="5", Network__SSH__Enabled="yes", Brand__Brand="x"
        )
        assert answer == (
            "# Error: Error setting 'Network.SSH.Enabled' to 'yes'!\n"
            "# Error: Error setting 'Brand.Brand' to 'x'!\n"
        )
        assert served.device.store.settings.audio.input_gain_db == 5.0


async def test_what_is_good_only_together_is_set_together(tmp_path: Path) -> None:
    """HTTP and HTTPS may swap their ports, which no change of a single one allows."""
    async with asking(tmp_path, "http.port=8001", "http.https_port=8002") as (served, http):
        assert await update(http, System__BoaPort="8002", HTTPS__Port="8001") == "OK\n"
        http_settings = served.device.store.settings.http
        assert (http_settings.port, http_settings.https_port) == (8002, 8001)


async def test_a_change_is_in_the_audit_log_with_who_made_it(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        await update(http, Audio__A0__Enabled="no")
        entry = served.device.store.audit.entries(1)[0]
        assert (entry.who, entry.what) == ("local", "changed: audio.input_enabled")
        assert entry.address


async def test_definitions_tell_types_ranges_and_rights(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, http):
        answer = await http.get(
            PARAM,
            params={
                "action": "listdefinitions",
                "listformat": "xmlschema",
                "group": "HTTPS.Port,Audio.A0.Enabled,Input",
            },
        )
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.content.startswith(b"<?xml version='1.0' encoding='iso-8859-1'?>")
        root = Xml.fromstring(answer.content)
        names = {"": NAMESPACE}
        assert (root.tag, root.get("version")) == (f"{{{NAMESPACE}}}parameterDefinitions", "1.0")
        found = {each.get("name"): each for each in root.iterfind(".//parameter", names)}
        assert found.keys() == {"Port", "Enabled", "NbrOfInputs"}
        assert found["Port"].get("securityLevel") == "7766"
        assert found["Enabled"].get("securityLevel") == "7714"
        number = found["Port"].find("type/int", names)
        assert number is not None
        assert (number.get("min"), number.get("max")) == ("0", "65535")
        inputs = found["NbrOfInputs"].find("type", names)
        assert inputs is not None
        assert inputs.attrib == {"readonly": "true", "const": "true"}


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ({}, "# Error: action is not list, listdefinitions, update, add or remove\n"),
        ({"action": "listdefinitions"}, "# Error: listformat is not xmlschema\n"),
        ({"action": "update"}, "OK\n"),
        ({"action": "add"}, "# Request failed: no template is named\n"),
        ({"action": "add", "template": "x"}, "# Request failed: there is no template 'x'\n"),
        ({"action": "remove"}, "# Request failed: no group is named\n"),
        ({"action": "remove", "group": "A"}, "# Request failed: group 'A' cannot be removed\n"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(
    tmp_path: Path, arguments: dict[str, str], answer: str
) -> None:
    async with asking(tmp_path) as (_, http):
        got = await http.get(PARAM, params=arguments)
        assert (got.status_code, got.text) == (200, answer)


async def test_an_argument_with_two_values_is_refused(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, http):
        answer = await http.get(f"{PARAM}?action=list&action=update")
        assert (answer.status_code, answer.text) == (
            400,
            "400 Bad Request\r\n'action' is given twice, with different values\r\n",
        )


async def test_a_stranger_is_told_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as http:
        assert (await http.get(PARAM, params={"action": "list"})).status_code == 401


async def test_older_addresses_lead_here(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, http):
        answer = await http.get("/axis-cgi/view/param.cgi?action=list&group=Input")
        assert answer.text == "root.Input.NbrOfInputs=0\n"


async def test_each_account_sees_and_sets_what_is_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        await add(served, "frank", "v", "viewer")
        await add(served, "ellen", "o", "operator")
        paths: dict[str, set[str]] = {}
        for name, password in (("frank", "v"), ("ellen", "o"), ADMINISTRATOR):
            async with visitor(served, auth=digest(name, password)) as http:
                answer = await http.get(PARAM, params={"action": "list"})
                paths[name] = {line.partition("=")[0] for line in answer.text.splitlines()}
        assert paths["frank"] < paths["ellen"] < paths[ADMINISTRATOR[0]]
        assert "root.Brand.Brand" in paths["frank"]
        assert "root.Network.eth0.MACAddress" in paths["ellen"] - paths["frank"]
        assert "root.HTTPS.Port" in paths[ADMINISTRATOR[0]] - paths["ellen"]
        async with visitor(served, auth=digest("frank", "v")) as http:
            hidden = await http.get(PARAM, params={"action": "list", "group": "HTTPS"})
            assert hidden.text == "# Error: Error -1 getting param in group 'HTTPS'\n"
            assert (await update(http, Audio__A0__Enabled="no")).startswith("# Error")
        async with visitor(served, auth=digest("ellen", "o")) as http:
            assert await update(http, Audio__A0__Enabled="no") == "OK\n"
            assert (await update(http, HTTPS__Port="1234")).startswith("# Error")
        settings = served.device.store.settings
        assert not settings.audio.input_enabled
        assert settings.http.https_port != 1234


async def test_however_many_are_wrong_the_log_has_one_line_of_them(tmp_path: Path) -> None:
    """Else a viewer could push everything else out of it."""
    async with asking(tmp_path) as (_, http):
        with capture_logs() as lines:
            await update(http, **{f"No__Such{number}": "1" for number in range(30)})
    told = [line for line in lines if line["event"] == "parameters not set"]
    assert [line["count"] for line in told] == [30]
