"""Trees of values of any kind, with keys that settings have and others."""

from hypothesis import strategies as st

from conf.reference import sections

KEYS = sorted(
    {
        part.removesuffix("[]")
        for section in sections()
        for row in section.settings
        for part in row.key.split(".")
    }
)

WORDS = st.text('ab \n."é', max_size=5)

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.dates())

TREES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | WORDS, below, max_size=4)
    ),
    max_leaves=20,
)
