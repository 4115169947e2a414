"""What is told of each codec of an offer."""

from media.sdp.codec_choice import CHOSEN, OFFERED, as_set, codec_fates
from media.sdp.negotiation import Capabilities, answer_offer, make_offer
from media.sdp.session_description import Origin

HERE = "192.0.2.1"
ORIGIN = Origin(1, 1, HERE)
HEAD = f"v=0\no=- 1 1 IN IP4 {HERE}\ns=-\nc=IN IP4 {HERE}\nt=0 0\n"


def offer(line: str) -> bytes:
    return f"{HEAD}{line}\n".encode()


def told(theirs: bytes, answer: bytes, *ours: str, chosen: str | None) -> dict[str, str]:
    fates = codec_fates(theirs, answer, is_ours=False, ours=ours, chosen=chosen)
    return {each.name: each.fate for each in fates}


def test_each_codec_of_their_offer_has_its_reason() -> None:
    theirs = offer("m=audio 4000 RTP/AVP 18 9 8 0 97 101\na=rtpmap:97 iLBC/8000")
    theirs += b"a=rtpmap:101 telephone-event/8000\n"
    capabilities = Capabilities(codecs=("PCMU", "PCMA"))
    answer = answer_offer(theirs, capabilities, HERE, 5000, origin=ORIGIN)
    assert told(theirs, answer.body, "PCMU", "PCMA", chosen="PCMU") == {
        "G729/8000": "this speaker does not have it",
        "G722/8000": "not in `sip.codecs`",
        "PCMA/8000": "agreed too, after the chosen one",
        "PCMU/8000": CHOSEN,
        "iLBC/8000": "this speaker does not have it",
    }


def test_codecs_of_a_refused_offer_are_told_too() -> None:
    assert told(offer("m=audio 4000 RTP/AVP 9 0"), b"", "PCMU", chosen=None) == {
        "G722/8000": "not in `sip.codecs`",
        "PCMU/8000": "would do",
    }


def test_our_own_offer_tells_what_the_other_side_made_of_it() -> None:
    ours = make_offer(Capabilities(codecs=("G722", "PCMU")), HERE, 4000, origin=ORIGIN)
    answer = offer("m=audio 4000 RTP/AVP 0")
    fates = codec_fates(ours, answer, is_ours=True, ours=("G722", "PCMU"), chosen="PCMU")
    assert [(each.name, each.fate) for each in fates] == [
        ("G722/8000", "the other side refuses"),
        ("PCMU/8000", CHOSEN),
    ]


def test_an_offer_that_nobody_answered_was_not_refused() -> None:
    ours = make_offer(Capabilities(codecs=("PCMU",)), HERE, 4000, origin=ORIGIN)
    (fate,) = codec_fates(ours, b"", is_ours=True, ours=("PCMU",), chosen=None)
    assert fate.fate == OFFERED


def test_what_is_no_description_has_no_codecs() -> None:
    assert told(b"nonsense", b"", "PCMU", chosen=None) == {}
    assert told(offer("m=video 4000 RTP/AVP 96"), b"", "PCMU", chosen=None) == {}


def test_nothing_in_the_name_of_a_codec_moves_a_terminal() -> None:
    theirs = offer("m=audio 4000 RTP/AVP 97 \x1b[2J\na=rtpmap:97 \x07\x9b/8000")
    assert list(told(theirs, b"", "PCMU", chosen=None)) == [r"\x07\x9b/8000", r"format \x1b[2J"]


def test_a_codec_is_told_by_the_name_that_the_setting_takes() -> None:
    names = ("PCMA/8000", "g722/8000", "opus/48000", "L16/16000", "speex/8000", "GSM/8000")
    taken = ("PCMA", "G722", "opus", "L16/16000", "speex/8000", "GSM")
    assert tuple(map(as_set, names)) == taken
    assert as_set("iLBC/8000") == "iLBC/8000"
    assert as_set("format 96") == "format 96"
