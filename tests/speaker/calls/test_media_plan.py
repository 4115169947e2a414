from __future__ import annotations

from dataclasses import replace

from media.codecs import registry
from media.codecs.system_library import SystemLibrary
from speaker.calls.media_plan import codec_problems


def test_codecs_whose_library_the_system_lacks_are_named_with_the_package_to_install() -> None:
    missing = SystemLibrary(("libnosuchthing.so.9", "libnosuchthing.so.8"), "libnosuchthing8")
    codecs = (registry.BY_TITLE["PCMU"], replace(registry.BY_TITLE["GSM"], library=missing))
    assert [str(problem) for problem in codec_problems(codecs)] == [
        'sip.codecs: "GSM" needs libnosuchthing.so.9 or libnosuchthing.so.8, '
        "which this system does not have: install its package libnosuchthing8"
    ]


def test_the_codecs_of_this_system_have_what_they_need() -> None:
    assert codec_problems(registry.ALL) == []
