"""How people and programs show the HTTP side who they are: a part of the section `http`."""

from typing import Annotated, Literal

from conf.sections.brute_force import BruteForceSettings
from conf.sections.table import Table
from conf.values.constraints import Range


class LoginSettings(Table):
    """Logging in."""

    authentication_policy: Literal["Recommended", "Basic", "Digest", "Basic_Digest"] = "Recommended"
    """What password logins have to look like. `Recommended`: Digest by HTTP, Basic by HTTPS;
    `Basic`, `Digest`: that by both; `Basic_Digest`: Digest by HTTP, either one by HTTPS."""
    allow_anonymous_viewing: bool = False
    """Whether everybody may do what a viewer may, without logging in."""
    session_idle_s: Annotated[int, Range(60, 86400)] = 1800
    """A login at the web page ends when nothing was asked for as long as this."""
    session_limit_s: Annotated[int, Range(300, 604800)] = 43200
    """A login at the web page ends after this time in any case."""
    brute_force: BruteForceSettings = BruteForceSettings()
