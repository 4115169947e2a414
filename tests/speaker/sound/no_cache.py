"""For libraries of tones only: a cache of decoded files that is nowhere."""

from pathlib import Path
from typing import Final

from media.clips.clip_cache import ClipCache

NO_CACHE: Final = ClipCache(Path("/nonexistent/cache"), most_bytes=0)
