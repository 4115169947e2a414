"""A settings file for an extension of a PBX."""

from tests.speaker.udp_pbx import HOST

PASSWORD = "correct horse"


def settings_of(port: int, **account: object) -> str:
    """A settings file with the account `pbx` of extension 100 on the PBX at `port`."""
    values = {
        "id": "pbx",
        "default": True,
        "mode": "registered",
        "user_id": "100",
        "password": PASSWORD,
        "registrar": f"{HOST}:{port}",
        **account,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(["[sip]", "max_retransmissions = 0", "[[sip.accounts]]", *lines])


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
