from sip.transaction.cancel import cancel_for
from tests.sip.transaction_messages import a_request


def test_cancel_repeats_what_names_the_invite() -> None:
    """RFC 3261 §9.1: of the Via fields the topmost alone."""
    invite = a_request(
        "INVITE",
        cseq=9,
        more="Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n"
        "Route: <sip:p1;lr>\r\nRequire: 100rel\r\nContent-Type: application/sdp\r\n",
    )
    cancel = cancel_for(invite)
    assert (cancel.method, cancel.uri, cancel.body) == ("CANCEL", invite.uri, b"")
    assert cancel.vias == (invite.top_via,)
    for name in ("Call-ID", "To", "From", "Route"):
        assert cancel.headers.get_all(name) == invite.headers.get_all(name)
    assert str(cancel.cseq) == "9 CANCEL"
    assert cancel.max_forwards == 70
    assert "Require" not in cancel.headers
    assert "Content-Type" not in cancel.headers


def test_cancel_may_tell_a_reason() -> None:
    """RFC 3326."""
    cancel = cancel_for(a_request("INVITE"), [("Reason", "SIP;cause=200")])
    assert cancel.headers.get("Reason") == "SIP;cause=200"
