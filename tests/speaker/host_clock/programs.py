"""Programs of a machine that say what they are told to say, and note what they are asked."""

import sys
from dataclasses import dataclass
from pathlib import Path

from speaker.host_clock.commands import Commands


@dataclass
class Programs:
    """A folder of programs that stand in for those of the machine."""

    folder: Path

    def add(self, program: str, **answers: str) -> None:
        """`program` says `answers[NAME]` if one of its arguments is NAME (`_` for `-`); else fails.

        An answer that begins with `!` is that of a failure.
        """
        self.folder.mkdir(exist_ok=True)
        cases = {name.replace("_", "-"): answer for name, answer in answers.items()}
        file = self.folder / program
        file.write_text(
            f"#!{sys.executable} -S\n"
            "import sys\n"
            f"open({str(self._log)!r}, 'a').write(' '.join([{program!r}, *sys.argv[1:]]) + '\\n')\n"
            f"cases = {cases!r}\n"
            "for name, answer in cases.items():\n"
            "    if name in sys.argv[1:]:\n"
            "        print(answer.removeprefix('!'), end='')\n"
            "        sys.exit(answer.startswith('!'))\n"
            "sys.exit('unknown')\n"
        )
        file.chmod(0o755)

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @property
    def asked(self) -> list[str]:
        """The commands so far."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    @property
    def commands(self) -> Commands:
        """A machine that has only these."""
        return Commands(str(self.folder))
