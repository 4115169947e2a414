from __future__ import annotations

import pytest

from media.codecs.system_library import SystemLibrary
from media.errors import MisuseError


def test_the_first_name_that_the_system_knows_is_taken() -> None:
    library = SystemLibrary(("libnosuchthing.so.9", "libm.so.6"), "libc6")
    assert not library.missing
    assert library.load() is SystemLibrary(("libnosuchthing.so.9", "libm.so.6"), "libc6").load()


def test_a_library_that_is_not_there_is_named_with_its_package() -> None:
    library = SystemLibrary(("libnosuchthing.so.9", "libnosuchthing.so.8"), "libnosuchthing8")
    assert library.missing
    with pytest.raises(MisuseError, match=r"libnosuchthing\.so\.9 or .*package libnosuchthing8"):
        library.load()
