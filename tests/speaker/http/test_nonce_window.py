"""RFC 7616 §5.12: no request counts twice, and requests may overtake one another."""

from speaker.http.nonce_window import WIDTH, NonceWindows


def test_a_count_is_good_once() -> None:
    windows = NonceWindows()
    assert [windows.use(7, count) for count in (1, 1, 2, 2, 1)] == [True, False, True, False, False]


def test_requests_may_overtake_one_another() -> None:
    windows = NonceWindows()
    assert [windows.use(7, count) for count in (3, 1, 2, 2, 5, 4, 3)] == [
        True, True, True, False, True, True, False,
    ]  # fmt: skip


def test_what_lags_too_far_behind_is_used_up() -> None:
    windows = NonceWindows()
    assert windows.use(7, WIDTH + 1)
    assert windows.use(7, 2)
    assert not windows.use(7, 1)


def test_a_jump_far_ahead_forgets_what_was_before() -> None:
    windows = NonceWindows()
    assert windows.use(7, 1)
    assert windows.use(7, 0xFFFFFFFF)
    assert not windows.use(7, 1)
    assert windows.use(7, 0xFFFFFFFE)


def test_counts_begin_at_one_and_have_eight_digits() -> None:
    windows = NonceWindows()
    assert not windows.use(7, 0)
    assert not windows.use(7, 0x100000000)


def test_nonces_do_not_share_counts() -> None:
    windows = NonceWindows()
    assert windows.use(7, 1)
    assert windows.use(8, 1)


def test_what_is_forgotten_is_used_up() -> None:
    windows = NonceWindows(maximum=3)
    assert all(windows.use(serial, 1) for serial in range(5))
    assert len(windows) == 3
    assert not windows.use(0, 2)
    assert not windows.use(1, 2)
    assert windows.use(2, 2)
