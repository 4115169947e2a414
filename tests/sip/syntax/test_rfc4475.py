"""The messages of RFC 4475, byte by byte, and what it says of each."""

from __future__ import annotations

import os
from operator import attrgetter
from pathlib import Path

import pytest

from sip.errors import MalformedMessage
from sip.screening import problem_with
from sip.syntax.message import Request, Response, make_response, parse_message
from sip.transport.framing import KeepAlive, StreamFramer
from tests.sip.outcome import ACCEPTED, DROPPED, METHODS, TYPES, outcome

OUTCOMES: dict[str, tuple[str, str | int]] = {
    "wsinv": ("3.1.1.1", ACCEPTED),
    "intmeth": ("3.1.1.2", 501),  # well formed, yet no method of ours
    "esc01": ("3.1.1.3", ACCEPTED),
    "escnull": ("3.1.1.4", ACCEPTED),
    "esc02": ("3.1.1.5", 501),  # RE%47IST%45R is not REGISTER
    "lwsdisp": ("3.1.1.6", ACCEPTED),
    "longreq": ("3.1.1.7", ACCEPTED),
    "dblreq": ("3.1.1.8", ACCEPTED),
    "semiuri": ("3.1.1.9", ACCEPTED),
    "transports": ("3.1.1.10", ACCEPTED),
    "mpart01": ("3.1.1.11", ACCEPTED),
    "unreason": ("3.1.1.12", ACCEPTED),
    "noreason": ("3.1.1.13", ACCEPTED),
    "badinv01": ("3.1.2.1", 400),
    "clerr": ("3.1.2.2", 400),
    "ncl": ("3.1.2.3", 400),
    "scalar02": ("3.1.2.4", 400),
    "scalarlg": ("3.1.2.5", DROPPED),
    "quotbal": ("3.1.2.6", 400),
    "ltgtruri": ("3.1.2.7", 400),
    "lwsruri": ("3.1.2.8", 400),
    "lwsstart": ("3.1.2.9", 400),
    "trws": ("3.1.2.10", 400),
    "escruri": ("3.1.2.11", 400),
    "baddate": ("3.1.2.12", ACCEPTED),  # nobody here needs the Date
    "regbadct": ("3.1.2.13", 400),
    "badaspec": ("3.1.2.14", 400),
    "baddn": ("3.1.2.15", 400),
    "badvers": ("3.1.2.16", 505),
    "mismatch01": ("3.1.2.17", 400),
    "mismatch02": ("3.1.2.18", 501),  # rather than 400, for the sake of methods to come
    "bigcode": ("3.1.2.19", DROPPED),
    "badbranch": ("3.2.1", ACCEPTED),
    "insuf": ("3.3.1", 400),
    "unkscm": ("3.3.2", 416),
    "novelsc": ("3.3.3", 416),
    "unksm2": ("3.3.4", ACCEPTED),  # whom a To can mean is for a registrar to judge
    "bext01": ("3.3.5", 420),
    "invut": ("3.3.6", 415),
    "regaut01": ("3.3.7", ACCEPTED),  # a scheme that nobody asked for is ignored
    "multi01": ("3.3.8", 400),
    "mcl01": ("3.3.9", 400),
    "bcast": ("3.3.10", DROPPED),
    "zeromf": ("3.3.11", ACCEPTED),  # only a proxy counts hops
    "cparam01": ("3.3.12", ACCEPTED),
    "cparam02": ("3.3.13", ACCEPTED),
    "regescrt": ("3.3.14", ACCEPTED),
    "sdp01": ("3.3.15", 406),
    "inv2543": ("3.4.1", ACCEPTED),
}

FACTS: list[tuple[str, str, object]] = [
    ("wsinv", "uri", "sip:vivekg@chair-dnrc.example.com;unknownparam"),
    ("wsinv", "to", "<sip:vivekg@chair-dnrc.example.com>;tag=1918181833n"),
    ("wsinv", "from_.display_name", 'J Rosenberg \\"'),
    ("wsinv", "from_.tag", "98asjd8"),
    ("wsinv", "max_forwards", 68),
    ("wsinv", "cseq", "9 INVITE"),
    ("wsinv", "call_id", "wsinv.ndaksdj@192.0.2.1"),
    ("wsinv", "content_length", 150),
    ("wsinv", "top_via", "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw"),
    ("wsinv", "top_via.has_unique_branch", False),
    ("intmeth", "method", "!interesting-Method0123456789_*+`.%indeed'~"),
    ("intmeth", "to.display_name", "BEL:\x07 NUL:\x00 DEL:\x7f"),
    ("intmeth", "from_.display_name", "token1~` token2'+_ token3*%!.-"),
    ("intmeth", "from_.tag", "_token~1'+`*%!-."),
    ("intmeth", "uri.password", "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"),
    ("intmeth", "call_id", "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"),
    ("intmeth", "max_forwards", 255),
    ("esc01", "uri.user", "sips%3Auser%40example.com"),
    ("esc01", "uri.decoded_user", "sips:user@example.com"),
    ("esc01", "to.uri.user", "user"),
    ("esc01", "from_.uri.decoded_user", "I have spaces"),
    ("escnull", "to.uri.decoded_user", "null-\x00-null"),
    ("esc02", "method", "RE%47IST%45R"),
    ("esc02", "to.display_name", "%Z%45"),
    ("esc02", "top_via.branch", "z9hG4bK209%fzsnel234"),
    ("lwsdisp", "from_.display_name", "caller"),
    ("longreq", "to.uri.port", 6000),
    ("longreq", "top_via.host", "sip33.example.com"),
    ("dblreq", "method", "REGISTER"),
    ("dblreq", "body", b""),
    ("semiuri", "uri.user", "user;par=u%40example.net"),
    ("semiuri", "uri.decoded_user", "user;par=u@example.net"),
    ("mpart01", "content_type.name", "multipart/mixed"),
    ("mpart01", "top_via.rport", None),
    ("unreason", "reason", "= 2**3 * 5**2 но сто девяносто девять - простое"),
    ("noreason", "reason", ""),
    ("noreason", "code", 100),
    ("badbranch", "top_via.branch", "z9hG4bK"),
    ("badbranch", "top_via.has_unique_branch", False),
    ("unksm2", "to.uri", "isbn:2983792873"),
    ("unksm2", "from_.uri", "http://www.example.com"),
    ("unkscm", "uri", "nobodyknowsthisscheme:totallyopaquecontent"),
    ("novelsc", "uri", "soap.beep://192.0.2.103:3002"),
    ("zeromf", "max_forwards", 0),
    ("inv2543", "top_via.branch", ""),
    ("inv2543", "from_.tag", ""),
    ("inv2543", "max_forwards", None),
    ("inv2543", "content_length", None),
    ("inv2543", "to.uri", "sip:+16505552222@ss1.example.net"),
]

ANSWERABLE_ON_A_STREAM = {"mcl01", "ncl"}
WITHOUT_A_LENGTH = {"inv2543"}


def _folder() -> Path | None:
    named = os.environ.get("RFC4475_MESSAGES")
    if named is not None:
        return Path(named)
    parents = Path(__file__).resolve().parents
    folders = (parent / "shared" / "data" / "rfc4475" for parent in parents)
    return next((folder for folder in folders if folder.is_dir()), None)


FOLDER = _folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="the messages of RFC 4475 are not here: set RFC4475_MESSAGES"
)


def message(name: str) -> bytes:
    assert FOLDER is not None
    return (FOLDER / f"{name}.dat").read_bytes()


def accepted(name: str) -> Request | Response:
    return parse_message(message(name))


def test_every_message_of_the_folder_has_its_outcome_here() -> None:
    assert FOLDER is not None
    assert {path.stem for path in FOLDER.glob("*.dat")} == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_message_meets_the_outcome_that_the_rfc_states(name: str) -> None:
    section, expected = OUTCOMES[name]
    assert outcome(message(name)) == expected, f"RFC 4475 §{section}"


@pytest.mark.parametrize(("name", "attribute", "expected"), FACTS)
def test_value_is_read_as_the_rfc_explains_it(name: str, attribute: str, expected: object) -> None:
    value = attrgetter(attribute)(accepted(name))
    assert (str(value) if isinstance(expected, str) else value) == expected


@pytest.mark.parametrize("name", OUTCOMES)
def test_refused_request_can_be_answered(name: str) -> None:
    """RFC 3261 §8.2.6: whatever could be read of Via, From, To, Call-ID and CSeq is copied."""
    try:
        parsed = accepted(name)
    except MalformedMessage as error:
        if error.request is None:
            return
        parsed = error.request
    if isinstance(parsed, Request):
        answer = make_response(parsed, 400, to_tag="hall")
        for copied in ("Via", "From", "Call-ID", "CSeq"):
            assert answer.headers.get_all(copied) == parsed.headers.get_all(copied)
        assert bytes(answer).startswith(b"SIP/2.0 400 Bad Request\r\n")


@pytest.mark.parametrize(
    "name", [name for name, (_, expected) in OUTCOMES.items() if expected == ACCEPTED]
)
def test_accepted_message_is_the_same_after_a_round_trip(name: str) -> None:
    first = accepted(name)
    again = parse_message(bytes(first))
    assert bytes(again) == bytes(first)
    assert again.vias == first.vias
    assert (again.from_, again.to, again.body) == (first.from_, first.to, first.body)


def test_wsinv_has_three_vias_from_two_fields() -> None:
    """RFC 4475 §3.1.1.1."""
    assert [str(via) for via in accepted("wsinv").vias] == [
        "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
        "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8",
        "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239",
    ]


def test_wsinv_contact_route_and_folded_fields() -> None:
    """RFC 4475 §3.1.1.1."""
    invite = accepted("wsinv")
    (contact,) = invite.contacts
    assert contact.display_name == 'Quoted string ""'
    assert dict(contact.parameters) == {"newparam": "newvalue", "secondparam": None, "q": "0.33"}
    (route,) = invite.routes
    assert str(route.uri) == "sip:services.example.com;lr;unknownwith=value;unknown-no-value"
    assert invite.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert invite.headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert invite.headers.get("Subject") == ""


def test_intmeth_parameter_has_a_token_for_name_and_utf8_for_value() -> None:
    """RFC 4475 §3.1.1.2."""
    assert accepted("intmeth").from_.parameters["fromParam''~+*_!.-%"] == "работающий"


def test_esc01_contact_has_an_lr_and_a_parameter_called_name() -> None:
    """RFC 4475 §3.1.1.3: escapes of unreserved characters mean those characters."""
    (contact,) = accepted("esc01").contacts
    assert str(contact.uri) == "sip:caller@host5.example.net;lr;name=value%2541"


def test_escnull_contacts_are_two_addresses() -> None:
    """RFC 4475 §3.1.1.4."""
    assert [str(contact.uri) for contact in accepted("escnull").contacts] == [
        "sip:%00@host5.example.com",
        "sip:%00%00@host5.example.com",
    ]


def test_esc02_escaped_field_name_is_another_field() -> None:
    """RFC 4475 §3.1.1.5."""
    register = accepted("esc02")
    assert [str(contact) for contact in register.contacts] == [
        "<sip:alias1@host1.example.com>",
        "<sip:alias3@host3.example.com>",
    ]
    assert register.headers.get("C%6Fntact") == "<sip:alias2@host2.example.com>"


def test_longreq_has_all_its_vias() -> None:
    """RFC 4475 §3.1.1.7."""
    assert [via.host for via in accepted("longreq").vias] == [
        *(f"sip{hop}.example.com" for hop in range(33, 0, -1)),
        "host.example.com",
    ]


def test_transports_known_and_unknown_are_read() -> None:
    """RFC 4475 §3.1.1.10."""
    vias = accepted("transports").vias
    assert [via.transport for via in vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_mpart01_body_is_kept_octet_by_octet() -> None:
    """RFC 4475 §3.1.1.11."""
    body = accepted("mpart01").body
    assert len(body) == 553
    assert body == message("mpart01").partition(b"\r\n\r\n")[2]


def test_bext01_names_what_is_not_supported_and_leaves_proxies_alone() -> None:
    """RFC 4475 §3.3.5."""
    request = accepted("bext01")
    assert isinstance(request, Request)
    refusal = problem_with(request, allowed_methods=METHODS)
    assert refusal is not None
    assert refusal.headers == (("Unsupported", "nothingSupportsThis, nothingSupportsThisEither"),)


def test_invut_says_what_would_be_accepted() -> None:
    """RFC 4475 §3.3.6."""
    request = accepted("invut")
    assert isinstance(request, Request)
    refusal = problem_with(request, allowed_methods=METHODS)
    assert refusal is not None
    assert refusal.headers == (("Accept", "application/sdp"),)


def test_parameter_after_a_bare_uri_is_the_contacts_and_within_brackets_the_uris() -> None:
    """RFC 4475 §3.3.12 and §3.3.13."""
    (outside,) = accepted("cparam01").contacts
    (inside,) = accepted("cparam02").contacts
    assert str(outside) == "<sip:+19725552222@gw1.example.net>;unknownparam"
    assert str(inside) == "<sip:+19725552222@gw1.example.net;unknownparam>"


def test_regescrt_header_belongs_to_the_uri() -> None:
    """RFC 4475 §3.3.14."""
    (contact,) = accepted("regescrt").contacts
    assert str(contact.uri) == "sip:user@example.com?Route=%3Csip:sip.example.com%3E"


def test_clerr_waits_on_a_stream_for_what_was_announced() -> None:
    """RFC 4475 §3.1.2.2."""
    framer = StreamFramer()
    assert framer.feed(message("clerr")) == []
    assert framer.incomplete


def test_dblreq_is_two_requests_on_a_stream() -> None:
    """RFC 4475 §3.1.1.8: only in a datagram the rest is ignored."""
    first, empty_line, second = StreamFramer().feed(message("dblreq"))[:3]
    assert empty_line is KeepAlive.PONG
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert first.startswith(b"REGISTER ")
    assert second.startswith(b"INVITE ")


@pytest.mark.parametrize("name", sorted(ANSWERABLE_ON_A_STREAM))
def test_stream_is_given_up_with_an_answer_where_the_length_cannot_be_believed(name: str) -> None:
    """RFC 4475 §3.1.2.3 and §3.3.9."""
    with pytest.raises(MalformedMessage) as caught:
        StreamFramer().feed(message(name))
    assert caught.value.code == 400
    assert caught.value.request is not None


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (_, expected) in OUTCOMES.items()
        if expected == ACCEPTED and name not in WITHOUT_A_LENGTH
    ],
)
def test_stream_gives_the_same_message_as_the_datagram(name: str) -> None:
    """RFC 3261 §18.3, one octet at a time."""
    framer = StreamFramer()
    pieces = (piece for octet in message(name) for piece in framer.feed(bytes([octet])))
    first = next(pieces)
    assert isinstance(first, bytes)
    assert parse_message(first) == accepted(name)


def test_types_of_this_test_are_those_of_the_outcomes() -> None:
    """The multipart body of mpart01 is accepted only because the user agent here takes it."""
    request = accepted("mpart01")
    assert isinstance(request, Request)
    assert problem_with(request, allowed_methods=METHODS, accepted_types=TYPES) is None
    refusal = problem_with(request, allowed_methods=METHODS)
    assert refusal is not None
    assert refusal.code == 415
