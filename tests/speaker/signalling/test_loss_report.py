from speaker.signalling.loss_report import LossReport


def test_only_what_has_grown_since_the_last_time_is_told() -> None:
    report = LossReport()
    assert report.news({"too_many": 0, "received": 5}) == {}
    assert report.news({"too_many": 7, "overflowed": 2, "received": 9}) == {
        "too_many": 7,
        "overflowed": 2,
    }
    assert report.news({"too_many": 7, "overflowed": 2, "received": 99}) == {}
    assert report.news({"too_many": 8, "overflowed": 2}) == {"too_many": 1}
