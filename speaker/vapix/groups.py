"""The groups in which VAPIX has its users, and the roles that they stand for."""

from __future__ import annotations

from typing import Final

from conf.accounts.role import Role

PTZ: Final = "ptz"
"""Means nothing to a speaker; is kept because clients set it and expect it back."""

_ROLES: Final = {
    "admin": Role.ADMINISTRATOR,
    "operator": Role.OPERATOR,
    "viewer": Role.VIEWER,
}
INITIAL: Final = frozenset({*_ROLES, PTZ})
"""What the first administrator has to be in."""


def groups_of(role: Role, *, ptz: bool) -> tuple[str, ...]:
    """Everybody is in the groups of the lower roles, too. In the order of `usergroup.cgi`."""
    names = [name for name, needed in _ROLES.items() if role >= needed]
    if ptz:
        names.insert(-1, PTZ)
    return tuple(names)


def role_in(groups: frozenset[str]) -> Role | None:
    """The role that `sgrp` asks for: that of the highest group; None: it makes no sense."""
    roles = [role for name, role in _ROLES.items() if name in groups]
    if not roles or not groups <= INITIAL:
        return None
    return max(roles)
