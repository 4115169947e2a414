"""Makes a store as this version writes it, for later versions to open in their tests.

    python -m tests.conf.store.make_store tests/conf/store/stores/layout_N

Run it for each release that has added migrations, and commit what it made.
"""

import sys
from pathlib import Path
from typing import Any, Final

from conf.store.migrations import MIGRATIONS
from conf.store.settings_store import SettingsStore

CHANGE: Final[dict[str, Any]] = {
    "device": {"name": "Gäte 1"},
    "audio": {"output_gain_db": -6.5, "input_muted": True},
    "sip": {
        "port": 5070,
        "codecs": ["PCMA", "opus"],
        "accounts": [
            {
                "id": "pbx",
                "default": True,
                "mode": "registered",
                "user_id": "100",
                "registrar": "pbx.example",
                "password": "correct horse",
                "answer_access_code": "4711A",
                "callers": [{"username": "anna", "password": "öffne dich"}],
                "proxies": [{"address": "out.example", "username": "p", "password": "staple"}],
            },
            {"id": "door", "answer_automatically": False},
        ],
        "dtmf_sequences": [{"id": "one", "sequence": "1#"}],
    },
    "clips": [{"name": "bell", "gain_db": 3, "normalize_loudness": True}],
    "multicast": {"sources": [{"label": "Fire", "address": "239.1.2.3", "port": 5004}]},
    "rules": [
        {
            "name": "Key 1",
            "conditions": [
                {"event": "dtmf.sequence", "id": "one"},
                {"condition": "call.state", "is": "talking"},
            ],
            "action": [{"type": "play_clip", "clip": "bell"}, {"type": "hang_up"}],
        }
    ],
}


def main(folder: Path) -> int:
    """Make the store in a new folder."""
    if folder.name != f"layout_{len(MIGRATIONS)}":
        print(f"this version writes layout_{len(MIGRATIONS)}")  # noqa: T201
        return 1
    folder.mkdir()
    with SettingsStore.open(folder) as store:
        store.change(CHANGE, by="Änne", address="2001:db8::7")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
