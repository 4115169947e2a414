from structlog.testing import capture_logs

from sip.flow import Address, Flow, TlsPeer, Transport
from speaker.signalling.connection_trouble import LINES_PER_MINUTE, ConnectionTrouble

HERE, THERE = Address("192.0.2.9", 5061), Address("192.0.2.1", 5061)
STRANGER = Flow(Transport.TLS, HERE, THERE)
OFFICE = Flow(Transport.TLS, HERE, THERE, tls=TlsPeer("office", "pbx.example.com"))


def test_the_log_says_whose_server_does_what() -> None:
    with capture_logs() as logs:
        ConnectionTrouble(lambda: 0.0).take(OFFICE, "shows a certificate that has expired")
    assert logs == [
        {
            "event": "pbx.example.com shows a certificate that has expired",
            "at": "192.0.2.1:5061",
            "account": "office",
            "transport": "TLS",
            "log_level": "warning",
        }
    ]


def test_strangers_cannot_fill_the_log() -> None:
    now = 0.0
    trouble = ConnectionTrouble(lambda: now)
    with capture_logs() as logs:
        for _ in range(1000):
            trouble.take(STRANGER, "does not speak TLS there")
        trouble.take(OFFICE, "does not answer")
        assert len(logs) == LINES_PER_MINUTE + 1
        now = 60.0
        trouble.take(STRANGER, "does not speak TLS there")
    assert logs[-1]["untold_before"] == 1000 - LINES_PER_MINUTE
