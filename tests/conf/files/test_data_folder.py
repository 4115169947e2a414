from pathlib import Path
from uuid import UUID

import pytest

from conf.files.data_folder import (
    DataFolder,
    DataFolderError,
    DataFolderInUse,
    default_data_folder,
    http_of_running_device,
    local_token_of_running_device,
    write_whole,
)


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "a" / "b") as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert folder.clips.is_dir()


def test_two_devices_cannot_share_a_folder(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path), pytest.raises(DataFolderError, match="another device"):
        DataFolder.open(tmp_path)


def test_a_closed_folder_can_be_opened_again(tmp_path: Path) -> None:
    first = DataFolder.open(tmp_path)
    first.close()
    first.close()
    with DataFolder.open(tmp_path) as second:
        assert second.path == tmp_path


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError, match=r"file/x: cannot be used: Not a directory$"):
        DataFolder.open(tmp_path / "file" / "x")


def test_a_folder_that_cannot_be_locked_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(DataFolderError, match="cannot be used: Is a directory"):
        DataFolder.open(tmp_path)


def test_the_serial_number_is_made_up_once_and_kept(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        serial = folder.serial()
    with DataFolder.open(tmp_path) as folder:
        assert folder.serial() == serial
    assert (tmp_path / "serial").stat().st_mode & 0o777 == 0o600


def test_serial_numbers_look_like_addresses_that_no_manufacturer_gave_out(tmp_path: Path) -> None:
    serials = set()
    for i in range(20):
        with DataFolder.open(tmp_path / str(i)) as folder:
            serials.add(folder.serial())
    assert len(serials) == 20
    assert all(len(serial) == 12 and int(serial, 16) >> 40 & 3 == 2 for serial in serials)
    assert all(serial[0].isalpha() for serial in serials)  # or clients take one for a number


def test_a_serial_number_that_was_only_half_written_is_made_up_anew(tmp_path: Path) -> None:
    (tmp_path / "serial").touch()
    with DataFolder.open(tmp_path) as folder:
        assert len(folder.serial()) == 12


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "x"
    write_whole(file, b"old")
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_the_default_folder_follows_the_xdg_specification() -> None:
    assert default_data_folder({"XDG_STATE_HOME": "/s"}) == Path("/s/intercom-speaker")
    home = Path("~/.local/state/intercom-speaker").expanduser()
    assert default_data_folder({}) == home
    assert default_data_folder({"XDG_STATE_HOME": "relative"}) == home


def test_the_instance_is_a_uuid_that_outlives_restarts(tmp_path: Path) -> None:
    """RFC 5626 §4.1."""
    with DataFolder.open(tmp_path / "one") as folder:
        instance = folder.instance()
    with DataFolder.open(tmp_path / "one") as folder:
        assert folder.instance() == instance
    with DataFolder.open(tmp_path / "two") as folder:
        assert folder.instance() != instance
    assert UUID(instance).urn == instance


def test_an_instance_that_is_no_uuid_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("door")
    with DataFolder.open(tmp_path) as folder, pytest.raises(DataFolderError, match="not a UUID"):
        folder.instance()


def test_a_folder_in_use_is_told_from_one_that_cannot_be_used(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path), pytest.raises(DataFolderInUse):
        DataFolder.open(tmp_path)


def test_other_programs_learn_where_the_device_answers(tmp_path: Path) -> None:
    assert http_of_running_device(tmp_path) is None
    with DataFolder.open(tmp_path) as folder:
        folder.note_http("http://127.0.0.1:8080")
    assert http_of_running_device(tmp_path) == "http://127.0.0.1:8080"


def test_each_start_makes_a_new_token_that_only_the_owner_can_read(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as data:
        first, second = data.make_local_token(), data.make_local_token()
    assert first != second
    assert local_token_of_running_device(tmp_path) == second
    assert (tmp_path / "local-token").stat().st_mode & 0o777 == 0o600
