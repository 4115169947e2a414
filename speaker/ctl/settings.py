"""`get`, `set` and `unset`: single settings, by their keys."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from conf.tables.assignment import written
from conf.validation.problem import BadSettings
from speaker.ctl.setting_text import found_at, lines_of, parse_assignment, parse_key
from speaker.ctl.trouble import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.api import Api
    from speaker.ctl.errand import Commands, Errand
    from speaker.ctl.setting_text import Path

Tables = dict[str, object]


def add_commands(commands: Commands) -> None:
    """Make them known."""
    get = commands.add("get", get_setting, "tell a setting, a section, or all settings")
    get.add_argument(
        "key", nargs="?", metavar="KEY", help="sip.port, audio, rules[0] (default: all)"
    )
    set_ = commands.add("set", set_settings, "change settings, all of those that are named or none")
    set_.add_argument(
        "assignments",
        nargs="+",
        metavar="KEY=VALUE",
        help="as of `speaker run --set`: sip.port=5070, 'sip.codecs=[\"PCMA\"]'",
    )
    unset = commands.add("unset", unset_settings, "give settings their defaults back")
    unset.add_argument("keys", nargs="+", metavar="KEY", help="or an entry of a list: rules[0]")


def get_setting(errand: Errand) -> None:
    """A single value is told without its key, for scripts."""
    path = parse_key(errand.options.key) if errand.options.key else ()
    found = found_at(errand.api.get("/settings"), path)
    if found is None:
        raise Refused(404, f"{errand.options.key}: is not a setting, or has no value")
    if isinstance(found, str):
        lines: Iterable[str] = [found]
    elif isinstance(found, dict | list):
        lines = lines_of(found, path)
    else:
        lines = [line.partition(" = ")[2] for line in lines_of(found, ("value",))]
    errand.output.tell(found, lines)


def set_settings(errand: Errand) -> None:
    """Put values where the keys say."""
    assignments = [parse_assignment(text) for text in errand.options.assignments]
    change = _Change(errand.api, [each.path for each in assignments])
    try:
        for each in assignments:
            each.put_into(change.tables)
    except BadSettings as error:
        raise Refused(422, *(str(problem) for problem in error.problems)) from error
    _tell(errand, change.send(), [each.path for each in assignments])


def unset_settings(errand: Errand) -> None:
    """Values become their defaults; an entry of a list goes."""
    paths = list(dict.fromkeys(parse_key(text) for text in errand.options.keys))
    change = _Change(errand.api, paths)
    # From the last one on: an entry that goes moves those behind it.
    for path in sorted(paths, key=_order, reverse=True):
        change.take_away(path)
    _tell(errand, change.send(), [path for path in paths if not isinstance(path[-1], int)])


def _order(path: Path) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (-1, part) for part in path]


def _tell(errand: Errand, settings: object, paths: Iterable[Path]) -> None:
    """What the settings are from now on: secrets are not among what is told."""
    lines = [line for path in paths for line in lines_of(found_at(settings, path), path)]
    errand.output.tell(settings, lines or ["done"])


class _Change:
    """A change of some settings (RFC 7396), made whole before it is sent.

    A list is changed as a whole: so what is in it now is read first, and the change is refused
    when somebody else was faster.
    """

    def __init__(self, api: Api, paths: Iterable[Path]) -> None:
        self._api = api
        self.tables: Tables = {}
        self._settings, revision = api.get_with_revision("/settings")
        self._headers: dict[str, str] = {}
        for path in paths:
            at = next((i for i, part in enumerate(path) if isinstance(part, int)), None)
            if at is not None:
                self._headers = {"If-Match": revision}
                self._bring(path[:at])

    def _bring(self, path: Path) -> None:
        """Have the list at `path` in the change as it is now."""
        here = self.tables
        for part in path[:-1]:
            below = here.setdefault(str(part), {})
            if not isinstance(below, dict):
                return
            here = below
        here.setdefault(str(path[-1]), deepcopy(found_at(self._settings, path) or []))

    def take_away(self, path: Path) -> None:
        """Let the default count there.

        Raises:
            Refused: there is nothing.
        """
        if found_at(self._settings, path) is None and any(isinstance(part, int) for part in path):
            raise Refused(404, f"{written(path)}: is not there")
        here: object = self.tables
        within_list = False
        for part in path[:-1]:
            if isinstance(here, list) and isinstance(part, int):
                here, within_list = here[part], True
            elif isinstance(here, dict):
                here = here.setdefault(part, {})
        last = path[-1]
        if isinstance(here, list) and isinstance(last, int):
            del here[last]
        elif isinstance(here, dict):
            if within_list:
                here.pop(last, None)
            else:
                here[last] = None

    def send(self) -> object:
        """Change the settings, and return all of them, or the section that was changed.

        Operators may change some sections; only administrators may change several at once.
        """
        name, value = next(iter(self.tables.items()))
        section = found_at(self._settings, [name])
        method = "PATCH" if isinstance(value, dict) else "PUT"
        if value is None and isinstance(section, dict | list):
            method, value = "PUT", type(section)()  # what is left out there has its default
        if len(self.tables) > 1 or type(value) is not type(section):
            # One that is no section is told what is wrong with it here, too.
            return self._send("PATCH", "/settings", self.tables)
        return {name: self._send(method, f"/settings/{name}", value)}

    def _send(self, method: str, path: str, value: object) -> object:
        return self._api.send(method, path, value, self._headers)
