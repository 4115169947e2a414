"""A speaker that is told to stop while people talk."""

from pathlib import Path

from tests.speaker.running import running
from tests.speaker.udp_phone import udp_phone


async def test_sigterm_ends_the_call_with_a_bye_and_the_program_with_0(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker, udp_phone(speaker.sip_port) as phone:
        await phone.talk()
        speaker.terminate()
        phone.confirm(await phone.request("BYE"))
        assert await speaker.ended() == 0


async def test_a_bye_that_nobody_confirms_is_repeated_but_does_not_keep_the_program(
    tmp_path: Path,
) -> None:
    """RFC 3261 §17.1.2.2: timer E, whatever calls there were before."""
    async with running(tmp_path) as speaker, udp_phone(speaker.sip_port) as phone:
        await phone.talk()
        await phone.end()
        await phone.talk()
        speaker.terminate()
        first, again = await phone.request("BYE"), await phone.request("BYE")
        assert first.top_via.branch == again.top_via.branch
        assert await speaker.ended() == 0
