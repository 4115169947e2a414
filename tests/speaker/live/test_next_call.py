"""Settings that the next call goes by."""

from pathlib import Path

import pytest

from conf.validation.problem import BadSettings
from tests.speaker.http.serving import Served, serving
from tests.speaker.live.waiting import until
from tests.speaker.udp_pbx import Pbx, running_pbx
from tests.speaker.udp_phone import udp_phone


async def answer_to_call(served: Served) -> str:
    """The device's answer to a call, with its description."""
    async with udp_phone(served.device.telephony.port or 0) as phone:
        answer = await phone.talk()
        await phone.end()
    return bytes(answer).decode()


@pytest.mark.parametrize(
    ("setting", "value", "shows"),
    [
        ("codecs", ["PCMA"], "RTP/AVP 8 "),
        ("audio_direction", "send", "a=sendonly"),
        ("session_timer_s", 0, "Supported: 100rel, replaces, norefersub\r\n"),
        ("rtp_start_port", 45678, "m=audio 456"),
    ],
)
async def test_the_next_call_is_agreed_on_by_the_new_settings(
    tmp_path: Path, setting: str, value: object, shows: str
) -> None:
    async with serving(tmp_path) as served:
        before = await answer_to_call(served)
        await served.device.change({"sip": {setting: value}}, by="test")
        after = await answer_to_call(served)
        assert shows in after
        assert shows not in before


@pytest.mark.parametrize(
    ("setting", "value", "shows"),
    [
        ("dtmf_payload_type", 102, "a=rtpmap:102 telephone-event/"),
        ("silence_suppression", True, "CN/8000"),
    ],
)
async def test_the_next_call_of_ours_offers_what_is_set_now(
    tmp_path: Path, setting: str, value: object, shows: str
) -> None:
    async with running_pbx(Pbx(answers=(486,))) as pbx, serving(tmp_path) as served:
        await served.device.dialler.call(f"sip:200@{pbx.host}:{pbx.port}", None)
        await served.device.change({"sip": {setting: value}}, by="test")
        invite = await pbx.first(lambda request: request.method == "INVITE")
        assert shows not in invite.body.decode()
        await until(served.device.bus, "call.state", "idle")
        await served.device.dialler.call(f"sip:200@{pbx.host}:{pbx.port}", None)
        await pbx.first(lambda request: shows in request.body.decode())


async def refusal(served: Served, code: int) -> None:
    async with udp_phone(served.device.telephony.port or 0) as phone:
        phone.invite()
        await phone.response(code)


async def test_who_may_call_is_asked_of_the_next_call(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.device.change({"sip": {"allowed_callers": ["192.0.2.1"]}}, by="test")
        await refusal(served, 403)
        await served.device.change({"sip": {"allowed_callers": ["local"]}}, by="test")
        await answer_to_call(served)
        await served.device.change({"sip": {"allow_incoming_calls": False}}, by="test")
        await refusal(served, 403)


async def test_callers_of_an_account_prove_themselves_from_now_on(tmp_path: Path) -> None:
    callers = [{"username": "desk", "password": "sesame"}]
    account = {"id": "peer_to_peer", "default": True, "callers": callers}
    async with serving(tmp_path) as served:
        await served.device.change({"sip": {"accounts": [account]}}, by="test")
        await refusal(served, 401)


async def test_the_next_call_is_announced_by_the_clip_that_is_set(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.device.change({"announcement": {"clip": "tone"}}, by="test")
        async with udp_phone(served.device.telephony.port or 0) as phone:
            phone.invite()
            await phone.response(180)
            assert served.device.bus.value("call.state") == "announcing"
            assert served.device.bus.value("audio.clip_playing") is True


async def test_a_clip_that_is_not_there_is_refused_by_the_setting_that_names_it(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served:
        with pytest.raises(BadSettings) as refused:
            await served.device.change({"announcement": {"clip": "nosuch"}}, by="test")
        (problem,) = refused.value.problems
        assert (problem.key, problem.value) == ("announcement.clip", '"nosuch"')
        assert served.device.store.settings.announcement.clip == ""


async def test_calls_of_ours_are_made_by_the_new_default(tmp_path: Path) -> None:
    accounts = [{"id": "a", "default": True}, {"id": "b"}]
    async with running_pbx(Pbx()) as pbx, serving(tmp_path) as served:
        device = served.device
        await device.change({"sip": {"accounts": accounts}}, by="test")
        accounts = [{"id": "a"}, {"id": "b", "default": True}]
        await device.change({"sip": {"accounts": accounts}}, by="test")
        await device.dialler.call(f"sip:200@{pbx.host}:{pbx.port}", None)
        assert [call.account.id for call in device.calls.calls] == ["b"]
