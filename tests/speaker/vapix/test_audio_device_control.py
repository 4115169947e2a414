"""`audiodevicecontrol.cgi` and the settings of `[audio]`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.speaker.http.serving import Served, serving
from tests.speaker.vapix.asking import Api
from tests.speaker.vapix.device_tree import tree

PATH = "/axis-cgi/audiodevicecontrol.cgi"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, "audio.output_gain_db=-6.5", "audio.input_muted=true") as device:
        yield device


async def test_settings_are_told_in_the_whole_tree(served: Served) -> None:
    async with served.local() as http:
        told = await Api(http, PATH).data("getDevicesSettings")
    signaling = {"id": "unbalanced", "powerType": "Off"}
    assert told == {
        "devices": [
            {
                "id": "0",
                "name": "Intercom speaker",
                "inputs": [
                    {
                        "id": "0",
                        "name": "",
                        "connectionTypeSelected": "internal",
                        "connectionTypes": [
                            {
                                "id": "internal",
                                "signalingTypeSelected": "unbalanced",
                                "signalingTypes": [
                                    {**signaling, "channels": [{"id": 0, "gain": 0, "mute": True}]}
                                ],
                            }
                        ],
                    }
                ],
                "outputs": [
                    {
                        "id": "0",
                        "name": "",
                        "connectionTypeSelected": "internal",
                        "connectionTypes": [
                            {
                                "id": "internal",
                                "signalingTypeSelected": "unbalanced",
                                "signalingTypes": [
                                    {
                                        "id": "unbalanced",
                                        "channels": [{"id": 0, "gain": -6.5, "mute": False}],
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
        ]
    }


async def test_what_is_told_can_be_sent_back_and_changes_nothing(served: Served) -> None:
    before = served.device.store.settings
    async with served.local() as http:
        api = Api(http, PATH)
        assert await api.data("setDevicesSettings", await api.data("getDevicesSettings")) == {}
    assert served.device.store.settings == before


async def test_one_value_can_be_set_and_the_rest_stays(served: Served) -> None:
    async with served.local() as http:
        api = Api(http, PATH)
        await api.data("setDevicesSettings", tree("inputs", {"id": 0, "mute": False}))
        await api.data("setDevicesSettings", tree("outputs", {"id": 0, "gain": -12}))
    audio = served.device.store.settings.audio
    assert (audio.input_muted, audio.input_gain_db) == (False, 0)
    assert (audio.output_muted, audio.output_gain_db) == (False, -12)


async def test_the_other_spelling_of_the_documents_is_understood(served: Served) -> None:
    settings = tree("outputs", {"id": 0, "mute": True})
    (connection,) = settings["devices"][0]["outputs"][0]["connectionTypes"]
    connection["signalTypes"] = connection.pop("signalingTypes")
    async with served.local() as http:
        await Api(http, PATH).data("setDevicesSettings", settings)
    assert served.device.store.settings.audio.output_muted


NOT_THERE = [
    {"devices": [{"id": "1"}]},
    {"devices": [{"id": "0", "name": "Other"}]},
    {"devices": [{"id": "0", "inputs": [{"id": "1"}]}]},
    {"devices": [{"id": "0", "inputs": [{"id": "0", "connectionTypeSelected": "line"}]}]},
    {"devices": [5]},
    tree("outputs", {"id": 1}),
    tree("outputs", {"id": 0, "gain": 13}),
    tree("outputs", {"id": 0, "gain": "loud"}),
    tree("outputs", {"id": 0, "mute": 1}),
    tree("inputs", {"id": 0}, powerType="R12"),
]


async def test_what_is_not_there_cannot_be_set(served: Served) -> None:
    before = served.device.settings
    async with served.local() as http:
        api = Api(http, PATH)
        for settings in NOT_THERE:
            assert await api.code("setDevicesSettings", settings) == 2104, settings
        assert await api.code("setDevicesSettings", {}) == 2103
    assert served.device.settings == before


async def test_capabilities_name_every_gain(served: Served) -> None:
    async with served.local() as http:
        api = Api(http, PATH)
        (device,) = (await api.data("getDevicesCapabilities"))["devices"]
        assert await api.data("getHazardousSettings") == {"powerTypes": []}
    (output,) = device["outputs"][0]["connectionTypes"][0]["signalingTypes"]
    assert output["channels"][0]["gainValues"] == list(range(-60, 13))
