"""RTP and RTCP (RFC 3550, RFC 3611): packets both ways, who may send them, and how they fare."""
