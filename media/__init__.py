"""SDP, RTP, codecs and the sound engine. Knows no SIP."""
