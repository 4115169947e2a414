"""`apidiscovery.cgi`: which APIs there are. Nobody has to log in to ask."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from conf.role import Role
from speaker.vapix.discovery import APIS
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_A

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.vapix.envelope import Asked

LONGEST_PATTERN: Final = 64
EVERYTHING: Final = "*"


def api_discovery() -> JsonApi:
    """The API with its methods."""
    return JsonApi(
        path="/axis-cgi/apidiscovery.cgi",
        family=FAMILY_A,
        versions=("1.0",),
        methods={"getApiList": Method(Role.ANYBODY, _get_api_list)},
    )


async def _get_api_list(asked: Asked) -> Mapping[str, object]:
    """Those whose id and version match; nothing asked for: all."""
    wanted_id, wanted_version = (_pattern(asked, name) for name in ("id", "version"))
    return {
        "apiList": [
            {
                "id": each.id,
                "version": each.version,
                "name": each.name,
                "docLink": "",
                "status": each.status,
            }
            for each in APIS
            if fnmatchcase(each.id, wanted_id) and fnmatchcase(each.version, wanted_version)
        ]
    }


def _pattern(asked: Asked, name: str) -> str:
    """With `*` and `?`; brackets, which mean something here only, are no part of any id."""
    if name not in asked.params:
        return EVERYTHING
    return asked.params.text(name, LONGEST_PATTERN)
