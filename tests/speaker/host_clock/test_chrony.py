"""chrony, by what version 4.3 says and reads."""

from pathlib import Path

import pytest

from speaker.host_clock.chrony import Chrony, parse_sources, written_sources
from speaker.host_clock.synchronisation import HostRefuses, Servers
from tests.speaker.host_clock.programs import Programs

TRACKING = (
    "7F000001,127.0.0.1,9,1795798571.665560197,-0.001376000,0.000000025,0.000000260,-0.009,-0.000,"
    "0.051,0.000005612,0.000001659,1.0,Normal\n"
)
SOURCES = (
    "^,*,ntp.example,8,6,377,14,0.000000197,0.000000222,0.000003366\n"
    "^,?,192.0.2.9,0,6,0,4294967295,0.000000000,0.000000000,0.000000000\n"
)
UNSYNCED = (
    "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,"
    "1.000000000,0.0,Not synchronised\n"
)
ITSELF = UNSYNCED.replace("00000000,,0", "7F7F0101,,8").replace("Not synchronised", "Normal")


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "bin")


def chrony(programs: Programs, tmp_path: Path) -> Chrony:
    return Chrony(programs.commands, tmp_path / "ours.sources", tmp_path)


async def test_chrony_tells_how_the_clock_is(programs: Programs, tmp_path: Path) -> None:
    programs.add("chronyc", tracking=TRACKING, sources=SOURCES)
    found = await chrony(programs, tmp_path).read()
    assert found is not None
    assert (found.enabled, found.synced, found.next_in_s) == (True, True, 50)
    assert found.offset_ms == pytest.approx(-1.376)
    assert found.servers == Servers(from_dhcp=False, static=("ntp.example", "192.0.2.9"))


@pytest.mark.parametrize("tracking", [UNSYNCED, ITSELF])
async def test_a_clock_that_follows_nobody_is_not_synced(
    programs: Programs, tmp_path: Path, tracking: str
) -> None:
    programs.add("chronyc", tracking=tracking, sources="")
    found = await chrony(programs, tmp_path).read()
    assert found is not None
    assert not found.synced


async def test_servers_that_the_network_names_are_told_apart(
    programs: Programs, tmp_path: Path
) -> None:
    programs.add("chronyc", tracking=TRACKING, sources=SOURCES)
    (tmp_path / "eth0.sources").write_text("server ntp.example iburst\n")
    found = await chrony(programs, tmp_path).read()
    assert found is not None
    assert found.advertised == ("ntp.example",)
    assert found.servers == Servers(from_dhcp=True, static=("192.0.2.9",))


@pytest.mark.parametrize(
    "said", ["", "\n", "a,b", "7F000001", "^,*", "^,*,x,y,999,z,-4,0", ",,,,nan", "\ufffd"]
)
async def test_what_chrony_should_not_say_does_no_harm(
    programs: Programs, tmp_path: Path, said: str
) -> None:
    programs.add("chronyc", tracking=said, sources=said)
    assert await chrony(programs, tmp_path).read() is not None


async def test_without_chrony_there_is_nothing_to_read(programs: Programs, tmp_path: Path) -> None:
    assert await chrony(programs, tmp_path).read() is None
    programs.add("chronyc", tracking="!506 Cannot talk to daemon\n")
    assert await chrony(programs, tmp_path).read() is None


async def test_servers_are_written_down_and_read_again(programs: Programs, tmp_path: Path) -> None:
    programs.add("chronyc", reload="200 OK\n", tracking=TRACKING, sources=SOURCES)
    servers = Servers(from_dhcp=False, static=("a.example",), min_poll=4, max_poll=8)
    keeper = chrony(programs, tmp_path)
    await keeper.set_servers(servers)
    assert (tmp_path / "ours.sources").read_text() == (
        "server a.example iburst minpoll 4 maxpoll 8\n"
    )
    assert (tmp_path / "ours.sources").stat().st_mode & 0o777 == 0o644
    assert programs.asked == ["chronyc reload sources"]
    found = await keeper.read()
    assert found is not None
    assert found.servers == servers

    await keeper.set_servers(Servers(from_dhcp=True))
    assert not (tmp_path / "ours.sources").exists()


async def test_where_chrony_refuses_the_file_is_as_before(
    programs: Programs, tmp_path: Path
) -> None:
    programs.add("chronyc", reload="!501 Not authorised\n")
    keeper = chrony(programs, tmp_path)
    with pytest.raises(HostRefuses, match="501 Not authorised"):
        await keeper.set_servers(Servers(from_dhcp=False, static=("a.example",)))
    assert not (tmp_path / "ours.sources").exists()


async def test_a_folder_that_is_not_ours_is_told_of(programs: Programs, tmp_path: Path) -> None:
    keeper = Chrony(programs.commands, tmp_path / "not there" / "ours.sources")
    with pytest.raises(HostRefuses, match="cannot be written: No such file"):
        await keeper.set_servers(Servers(from_dhcp=False, static=("a.example",)))


@pytest.mark.parametrize("uses_nts", [True, False])
def test_servers_of_the_other_kind_are_kept_for_later(uses_nts: bool) -> None:
    servers = Servers(
        from_dhcp=False, static=("a", "192.0.2.1"), static_nts=("n",), uses_nts=uses_nts
    )
    text = written_sources(servers)
    assert parse_sources(text) == servers
    used = [line for line in text.splitlines() if not line.startswith("#")]
    assert [" nts " in line for line in used] == ([True] if uses_nts else [False, False])
