"""What a change of settings costs: `python -m tests.conf.store.change_cost [FOLDER]`.

FOLDER is where the store is made and deleted again; by default that for temporary files.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from conf.sections.rules import MAXIMUM_RULES
from conf.store.settings_store import SettingsStore

ACCOUNT: Final = {
    "mode": "registered",
    "user_id": "100",
    "password": "correct horse",
    "proxies": [{"address": "out.example", "username": "p", "password": "battery staple"}],
}
RULE: Final = {
    "conditions": [{"event": "dtmf.digit", "digit": "1"}]
    + [{"condition": "call.state", "is": "idle"}] * 3,
    "action": [{"type": "play_clip", "clip": "chime"}] * 4,
}
LARGEST: Final[dict[str, Any]] = {
    "sip": {
        "accounts": [
            {**ACCOUNT, "id": f"a{i}", "default": i == 0, "registrar": f"pbx{i}.example"}
            for i in range(64)
        ]
    },
    "rules": [{**RULE, "name": f"rule {i}"} for i in range(MAXIMUM_RULES)],
}


def median_ms(store: SettingsStore, changes: int) -> float:
    took = []
    for i in range(changes):
        start = time.perf_counter()
        store.change({"device": {"name": f"Speaker {i}"}}, by="bench")
        took.append(time.perf_counter() - start)
    return 1000 * statistics.median(took)


def main(where: str | None = None) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(dir=where) as folder:
        with SettingsStore.open(Path(folder)) as store:
            usual = median_ms(store, 300)
            store.change(LARGEST, by="bench")
            largest = median_ms(store, 50)
        start = time.perf_counter()
        SettingsStore.open(Path(folder)).close()
        opened = 1000 * (time.perf_counter() - start)
    print(  # noqa: T201 - what the program is for
        f"a change of one setting: median {usual:.1f} ms; beside 64 accounts and {MAXIMUM_RULES}"
        f" rules with 2,048 conditions and actions: {largest:.0f} ms; opening: {opened:.0f} ms"
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
