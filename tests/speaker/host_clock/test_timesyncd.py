"""systemd-timesyncd, by what systemd 252 says and reads."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from speaker.host_clock.synchronisation import HostRefuses, Servers
from speaker.host_clock.timesyncd import Timesyncd, span_s
from tests.speaker.host_clock.programs import Programs

SHOWN = """\
LinkNTPServers=192.0.2.5
SystemNTPServers=a.example 2001:db8::5
RuntimeNTPServers=
FallbackNTPServers=0.debian.pool.example
ServerName=192.0.2.5
ServerAddress=192.0.2.5
RootDistanceMaxUSec=5s
PollIntervalMinUSec=32s
PollIntervalMaxUSec=34min 8s
PollIntervalUSec=8min 32s
NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=2, Precision=-25, RootDelay=7.3ms, \
OriginateTimestamp=Fri 2026-11-27 16:00:00 UTC, DestinationTimestamp=Fri 2026-11-27 16:00:00 UTC, \
Ignored=no, PacketCount=4, Jitter=1.3ms }
Frequency=-1234
"""
STATE = "Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\n"
STATUS = """\
       Server: 192.0.2.5 (192.0.2.5)
Poll interval: 8min 32s (min: 32s; max 34min 8s)
         Leap: normal
       Offset: -1.25ms
        Delay: 18.4ms
"""
NOW = datetime(2026, 11, 27, 16, 1, tzinfo=UTC)


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "bin")


def timesyncd(programs: Programs, tmp_path: Path) -> Timesyncd:
    return Timesyncd(programs.commands, tmp_path / "ours.conf", lambda: NOW)


async def test_timesyncd_tells_how_the_clock_is(programs: Programs, tmp_path: Path) -> None:
    programs.add("timedatectl", show_timesync=SHOWN, timesync_status=STATUS, show=STATE)
    found = await timesyncd(programs, tmp_path).read()
    assert found is not None
    assert (found.enabled, found.synced) == (True, True)
    assert found.next_in_s == 452
    assert found.offset_ms == pytest.approx(-1.25)
    assert found.advertised == ("192.0.2.5",)
    assert found.servers == Servers(
        from_dhcp=True, static=("a.example", "2001:db8::5"), min_poll=5, max_poll=11
    )


async def test_without_it_there_is_nothing_to_read(programs: Programs, tmp_path: Path) -> None:
    assert await timesyncd(programs, tmp_path).read() is None
    programs.add("timedatectl", show_timesync="!Failed to connect to bus: Host is down\n")
    assert await timesyncd(programs, tmp_path).read() is None


async def test_what_it_should_not_say_does_no_harm(programs: Programs, tmp_path: Path) -> None:
    strange = (
        "NTPMessage={ DestinationTimestamp=Fri 2026-11-27 16:00:00 UTC\n=\n===\nPollIntervalUSec="
    )
    programs.add("timedatectl", show_timesync=strange, show="x", timesync_status="Offset: ?")
    found = await timesyncd(programs, tmp_path).read()
    assert found is not None
    assert not found.synced


async def test_servers_are_written_down_and_the_service_starts_anew(
    programs: Programs, tmp_path: Path
) -> None:
    programs.add("systemctl", try_restart="")
    keeper = timesyncd(programs, tmp_path)
    await keeper.set_servers(Servers(from_dhcp=False, static=("a.example", "192.0.2.1")))
    assert (tmp_path / "ours.conf").read_text() == (
        "[Time]\nNTP=\nNTP=a.example 192.0.2.1\nPollIntervalMinSec=64\nPollIntervalMaxSec=1024\n"
    )
    assert programs.asked == ["systemctl try-restart systemd-timesyncd.service"]


async def test_where_systemd_refuses_the_file_is_as_before(
    programs: Programs, tmp_path: Path
) -> None:
    programs.add("systemctl", try_restart="!Access denied\n")
    (tmp_path / "ours.conf").write_text("before")
    with pytest.raises(HostRefuses, match="Access denied"):
        await timesyncd(programs, tmp_path).set_servers(Servers(from_dhcp=True))
    assert (tmp_path / "ours.conf").read_text() == "before"


@pytest.mark.parametrize("servers", [Servers(uses_nts=True), Servers(min_poll=3)])
async def test_what_it_does_not_know_is_refused(
    programs: Programs, tmp_path: Path, servers: Servers
) -> None:
    with pytest.raises(HostRefuses):
        await timesyncd(programs, tmp_path).set_servers(servers)


async def test_it_is_let_run_by_systemd(programs: Programs, tmp_path: Path) -> None:
    programs.add("timedatectl", set_ntp="")
    await timesyncd(programs, tmp_path).enable(on=False)
    assert programs.asked == ["timedatectl set-ntp false"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("34min 8s", 2048), ("1.5ms", 0.0015), ("12us", 12e-6), ("1d 2h", 93600), ("", 0), ("?", 0)],
)
def test_spans_are_read_as_systemd_writes_them(text: str, seconds: float) -> None:
    assert span_s(text) == pytest.approx(seconds)
