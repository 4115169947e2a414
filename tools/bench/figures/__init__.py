"""The figures, in the order in which they are measured and shown."""

from tools.bench.figure import Figure
from tools.bench.figures.answer_time import ANSWER_TIME
from tools.bench.figures.clip_start import CLIP_START
from tools.bench.figures.cost import COST
from tools.bench.figures.echo import ECHO
from tools.bench.figures.first_sound import FIRST_SOUND
from tools.bench.figures.first_word import FIRST_WORD
from tools.bench.figures.http_load import HTTP_LOAD
from tools.bench.figures.http_state import HTTP_STATE
from tools.bench.figures.leaks import LEAKS
from tools.bench.figures.listeners import LISTENERS
from tools.bench.figures.load import LOAD
from tools.bench.figures.loop_delay import LOOP_DELAY
from tools.bench.figures.loop_jitter import LOOP_JITTER
from tools.bench.figures.memory import MEMORY
from tools.bench.figures.page_start import PAGE_START
from tools.bench.figures.restart import RESTART
from tools.bench.figures.scanner import SCANNER_DELAY
from tools.bench.figures.speech_quality import SPEECH_QUALITY
from tools.bench.figures.underruns import UNDERRUNS

FIGURES: tuple[Figure, ...] = (
    ANSWER_TIME,
    FIRST_SOUND,
    FIRST_WORD,
    CLIP_START,
    LOOP_DELAY,
    LOOP_JITTER,
    PAGE_START,
    SPEECH_QUALITY,
    ECHO,
    COST,
    MEMORY,
    UNDERRUNS,
    HTTP_LOAD,
    HTTP_STATE,
    LISTENERS,
    RESTART,
    LOAD,
    LEAKS,
    SCANNER_DELAY,
)

__all__ = ["FIGURES"]
