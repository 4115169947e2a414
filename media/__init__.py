"""SDP, RTP, codecs and the sound engine. Knows no SIP."""

import os

# numpy's BLAS would start a thread for each core, and those spin after each small product that
# the engine asks for: a fifth of the cost of a call's tick was theirs. It reads this once, when
# numpy is imported, and every import of numpy in the speaker is below this package.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
