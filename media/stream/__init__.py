"""One call's sound: RTP, RTCP, keys and playout put together."""
