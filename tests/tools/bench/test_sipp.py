"""What sipp's statistics file says."""

import pytest

from tools.bench.errors import Unreadable
from tools.bench.sipp import Verdict, read_statistics

COLUMNS = "SuccessfulCall(P);SuccessfulCall(C);FailedCall(C);Retransmissions(C);ResponseTime1(C);"


def test_the_last_row_counts_all_calls() -> None:
    text = f"{COLUMNS}\n1;1;0;0;00:00:00:000000;\n5;198;2;3;00:01:02:003500;\n"
    assert read_statistics(text) == Verdict(198, 2, 3, 62_003.5)


def test_a_file_without_a_row_is_no_verdict() -> None:
    with pytest.raises(Unreadable, match="no statistics"):
        read_statistics(COLUMNS + "\n")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Unreadable, match="FailedCall"):
        read_statistics("SuccessfulCall(C);\n5;\n")
