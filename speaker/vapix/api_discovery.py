"""`apidiscovery.cgi`: which APIs there are. Nobody has to log in to ask."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
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
            if wanted_id.match(each.id) and wanted_version.match(each.version)
        ]
    }


def _pattern(asked: Asked, name: str) -> re.Pattern[str]:
    """A glob: with `*`, `?` and `[…]`.

    `fnmatch` itself would keep 32,768 of them, whoever asks; `re` keeps 512.
    """
    glob = asked.params.text(name, LONGEST_PATTERN) if name in asked.params else EVERYTHING
    return re.compile(translate(glob))
