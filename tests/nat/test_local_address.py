from __future__ import annotations

import pytest

from nat.local_address import local_address_towards


def test_loopback_is_reached_from_loopback() -> None:
    assert local_address_towards("127.0.0.1") == "127.0.0.1"


def test_a_name_is_refused_because_looking_it_up_would_wait() -> None:
    with pytest.raises(ValueError, match="phone"):
        local_address_towards("phone.example.org")
