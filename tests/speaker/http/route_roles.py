"""Who may use which route, as a table beside this file says."""

from pathlib import Path
from typing import Final

from conf.accounts.role import Role

TABLE: Final = Path(__file__).with_name("route_roles.txt")
"""`METHOD PATH ROLE`, sorted by path. WS stands for the handshake of a WebSocket."""


def expected() -> dict[tuple[str, str], Role]:
    """The table."""
    lines = TABLE.read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {(method, path): Role[role.upper()] for method, path, role in rows}
