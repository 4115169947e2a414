"""Encrypted calls from their first message to the last: by SDES and DTLS, and no way down."""

from __future__ import annotations

import base64
import logging
import re

import pytest
from structlog.testing import capture_logs

from conf.settings import AccountSettings, SipSettings
from media.engine.events import KeysWearOut
from media.sdp.agreement import KeyExchange
from media.sdp.negotiation import Capabilities, Origin, answer_offer, read_answer
from media.security.dtls_identity import DtlsIdentity
from media.security.srtp_suite import BRIEFLY_OFFERED, OFFERED, SrtpSuite
from sip.flow import Flow, Transport
from sip.session.events import (
    AnswerArrived,
    Answered,
    Ended,
    IncomingCall,
    OfferArrived,
    ReinviteRefused,
)
from speaker.calls.key_exposure import warn_of_readable_keys
from speaker.calls.media_plan import media_plan
from tests.speaker.secure_calls import (
    ALICE,
    KEYS,
    NEW_KEYS,
    both_are_heard,
    offer_of,
    phone_calls,
    phone_can,
    speaker_calls,
    stage_with,
)
from tests.speaker.stage import Stage

SDES, DTLS = KeyExchange.SDES, KeyExchange.DTLS


@pytest.mark.parametrize("encryption", ["best_effort", "mandatory"])
@pytest.mark.parametrize("ours", ["sdes", "dtls"])
@pytest.mark.parametrize("theirs", [SDES, DTLS])
def test_whoever_calls_chooses_how_keys_are_agreed_on(
    encryption: str, ours: str, theirs: KeyExchange
) -> None:
    stage = stage_with(encryption, ours)
    phone_calls(stage, theirs)
    assert both_are_heard(stage)


@pytest.mark.parametrize("exchange", [SDES, DTLS])
def test_the_device_asks_in_the_way_that_is_set(exchange: KeyExchange) -> None:
    stage = stage_with("mandatory", exchange.value)
    with capture_logs() as logs:
        speaker_calls(stage, exchange)
    assert both_are_heard(stage)
    (call,) = stage.phone.told(IncomingCall)
    assert (b"UDP/TLS/RTP/SAVP" in call.offer) is (exchange is DTLS)
    assert (b"a=crypto" in call.offer) is (exchange is SDES)
    agreed = [log["encryption"] for log in logs if log["event"] == "keys agreed"]
    assert agreed == (["AEAD_AES_256_GCM"] if exchange is DTLS else [])


def test_somebody_else_s_certificate_ends_the_call_unheard() -> None:
    """Whoever stands between us changes no fingerprint in a signed or encrypted description."""
    stage = stage_with("mandatory", "dtls")
    with capture_logs() as logs:
        speaker_calls(stage, DTLS, DtlsIdentity())
        stage.run(0.5)
    assert stage.state() == "idle"
    assert max(abs(frame).max() for frame in stage.room.played) == 0
    assert "No keys for the sound" in str(stage.pair.bob.sent("BYE")[0].headers.get("Reason"))
    assert any("fingerprint" in str(log.get("why")) for log in logs)


# --- no way down ---------------------------------------------------------------------------------

PLAIN = Capabilities()


def bodies(stage: Stage) -> dict[str, bytes]:
    """Offers that would end the encryption, by their names."""
    by_dtls = offer_of(stage, phone_can(DTLS), 2)
    by_sdes = offer_of(stage, phone_can(SDES), 2)
    without_print = b"\r\n".join(
        line for line in by_dtls.split(b"\r\n") if not line.startswith(b"a=fingerprint")
    )
    return {
        "plain": offer_of(stage, PLAIN, 2),
        "DTLS without a fingerprint": without_print,
        "unknown suites": by_sdes.replace(b" A", b" X_A"),
        "keys cut short": by_sdes.replace(b"inline:", b"inline:AA"),
        "secure without a key": by_sdes.replace(b"a=crypto", b"a=cryptx"),
    }


@pytest.mark.parametrize("exchange", [SDES, DTLS])
@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "DTLS without a fingerprint",
        "unknown suites",
        "keys cut short",
        "secure without a key",
    ],
)
def test_a_reinvite_that_would_end_the_encryption_is_refused_and_nothing_changes(
    exchange: KeyExchange, name: str
) -> None:
    stage = stage_with()
    phone_calls(stage, exchange)
    stage.phone.reinvite(bodies(stage)[name])
    stage.run(0.5)
    assert [event.code for event in stage.phone.told(ReinviteRefused)] == [488]
    assert both_are_heard(stage)


def test_an_update_that_would_end_the_encryption_is_refused() -> None:
    """RFC 3311: the same change by another method."""
    stage = stage_with()
    phone_calls(stage, SDES)
    ack = bytes(stage.phone.sent("ACK")[0])
    body = offer_of(stage, PLAIN, 2)
    head = ack.split(b"\r\n\r\n")[0].replace(b"ACK", b"UPDATE").replace(b"CSeq: 1 ", b"CSeq: 9 ")
    head = head.replace(b"branch=z9hG4bK", b"branch=z9hG4bKupdate")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-")]
    lines += [b"Content-Type: application/sdp", b"Content-Length: %d" % len(body)]
    bob = stage.pair.bob
    flow = Flow(Transport.UDP, bob.address, stage.phone.address)
    bob.do(bob.agent.receive(b"\r\n".join(lines) + b"\r\n\r\n" + body, flow, stage.pair.now))
    stage.run(0.5)
    assert "bob 488 UPDATE" in stage.pair.ladder
    assert both_are_heard(stage)


def test_a_call_without_keys_is_refused_before_it_rings() -> None:
    for name in bodies(Stage()):
        stage = stage_with()
        stage.offer = bodies(stage)[name]
        stage.phone.call(stage.pair.bob, stage.offer)
        stage.run(0.2)
        assert [event.code for event in stage.phone.told(Ended)] == [488], name


@pytest.mark.parametrize("exchange", ["sdes", "dtls"])
@pytest.mark.parametrize("name", ["plain", "DTLS without a fingerprint", "unknown suites"])
def test_an_answer_without_keys_ends_our_call_before_anything_is_sent(
    exchange: str, name: str
) -> None:
    stage = stage_with("mandatory", exchange)
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    stage.phone.accept(bodies(stage)[name])
    stage.run(0.5)
    assert stage.state() == "idle"
    assert "bob BYE" in stage.pair.ladder
    assert stage.phone_rtp_arrived == 0


# --- keys that change ----------------------------------------------------------------------------


def test_a_new_key_by_reinvite_costs_no_sound() -> None:
    stage = stage_with()
    phone_calls(stage, SDES)
    assert stage.phone_stream is not None
    stage.offer = offer_of(stage, phone_can(SDES, renewed=True), 2)
    stage.phone.reinvite(stage.offer)
    for _ in range(20):
        stage.run(0.05)
        assert both_are_heard(stage)
        news = stage.phone.told(AnswerArrived)
        if news:
            stage.phone_stream.update(read_answer(stage.offer, news[-1].body), stage.pair.now)
    assert stage.phone.told(AnswerArrived)
    stage.phone.hang_up()
    stage.run(0.2)
    assert stage.lost_packets == 0


def own_keys(body: bytes) -> set[bytes]:
    return {line for line in body.split(b"\r\n") if line.startswith(b"a=crypto")}


def wear_out(stage: Stage) -> None:
    """Let the engine tell that the phone's key has not much left."""
    (call,) = stage.calls.calls
    stage.calls.on_sound_event(KeysWearOut(call.media.stream, 4096), stage.pair.now)


def test_a_key_that_wears_out_is_renewed_by_a_reinvite_that_costs_no_sound() -> None:
    """RFC 4568 §6.1, RFC 3711 §9.2: of a key that is good for so many packets."""
    stage = stage_with()
    phone_calls(stage, SDES)
    (first,) = stage.phone.told(Answered)
    wear_out(stage)
    stage.run(0.1)
    (offered,) = stage.phone.told(OfferArrived)
    assert own_keys(offered.body)
    assert not own_keys(offered.body) & own_keys(first.body)
    host = stage.phone.host
    renewed = phone_can(SDES, renewed=True)
    answer = answer_offer(offered.body, renewed, host, 6000, origin=Origin(1, 2, host))
    stage.phone.answer_offer(answer.body)
    assert stage.phone_stream is not None
    stage.phone_stream.update(answer.stream, stage.pair.now)
    for _ in range(10):
        stage.run(0.1)
        assert both_are_heard(stage)
    agreed = stage.calls.calls[0].media.agreed
    assert agreed is not None
    assert agreed.srtp is not None
    assert agreed.srtp.remote == NEW_KEYS[agreed.srtp.suite]
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=True)
    stage.run(0.1)
    assert own_keys(stage.phone.told(OfferArrived)[-1].body) == own_keys(offered.body)
    stage.phone.hang_up()
    stage.run(0.2)
    assert stage.lost_packets == 0


def test_keys_that_cannot_be_renewed_now_are_when_it_is_told_again() -> None:
    stage = stage_with()
    phone_calls(stage, SDES)
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=True)
    wear_out(stage)
    stage.run(0.1)
    (held,) = stage.phone.told(OfferArrived)
    host = stage.phone.host
    for number, body in enumerate((held.body, b""), start=2):
        offer = body or stage.phone.told(OfferArrived)[-1].body
        answer = answer_offer(offer, phone_can(SDES), host, 6000, origin=Origin(1, number, host))
        stage.phone.answer_offer(answer.body)
        stage.run(0.1)
        if body:
            wear_out(stage)
            stage.run(0.1)
    offers = [event.body for event in stage.phone.told(OfferArrived)]
    assert len(offers) == 2
    assert all(b"a=inactive" in body for body in offers)
    assert not own_keys(offers[0]) & own_keys(offers[1])


def test_a_phone_that_refuses_new_keys_is_talked_to_by_those_that_there_are() -> None:
    stage = stage_with()
    phone_calls(stage, SDES)
    wear_out(stage)
    stage.run(0.1)
    stage.phone.refuse_offer(488)
    stage.run(0.5)
    assert both_are_heard(stage)


def test_hold_and_resume_keep_the_keys_of_dtls() -> None:
    stage = stage_with("mandatory", "dtls")
    with capture_logs() as logs:
        speaker_calls(stage, DTLS)
        for version, direction in ((2, b"a=sendonly"), (3, b"a=sendrecv")):
            offer = offer_of(stage, phone_can(DTLS), version)
            stage.phone.reinvite(offer.replace(b"a=sendrecv", direction))
            stage.run(0.3)
    assert len(stage.phone.told(AnswerArrived)) == 2
    assert both_are_heard(stage)
    assert len([log for log in logs if log["event"] == "keys agreed"]) == 1


# --- what is told --------------------------------------------------------------------------------


def test_a_whole_call_s_log_at_debug_level_holds_no_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        stage = stage_with()
        phone_calls(stage, SDES)
        stage.phone.reinvite(offer_of(stage, phone_can(SDES, renewed=True), 2))
        stage.run(0.3)
        stage.phone.reinvite(bodies(stage)["keys cut short"])
        stage.run(0.3)
        stage.phone.hang_up()
        stage.run(0.3)
    log = "\n".join([*map(repr, logs), caplog.text])
    assert "sound agreed" in log
    assert "change refused" in log
    sent = [message.body for message in stage.pair.bob.sent("200 INVITE")]
    inline = {part.split()[0] for body in sent for part in body.split(b"inline:")[1:]}
    keys = {base64.b64decode(text + b"=" * (-len(text) % 4)) for text in inline}
    keys |= {*KEYS.values(), *NEW_KEYS.values()}
    assert inline
    for key in keys:
        encoded = base64.b64encode(key).decode()
        for secret in (encoded[:16], encoded[-16:], key[:8].hex(), key[-8:].hex(), repr(key[:8])):
            assert secret.lower() not in log.lower()


@pytest.mark.parametrize(
    ("account", "is_warned_of"),
    [
        ({"media_encryption": "mandatory"}, True),
        ({"media_encryption": "best_effort", "transport": "tcp"}, True),
        ({"media_encryption": "mandatory", "transport": "tls"}, False),
        ({"media_encryption": "mandatory", "media_key_exchange": "dtls"}, False),
        ({"media_encryption": "mandatory", "active": False}, False),
        ({}, False),
    ],
)
def test_keys_that_can_be_read_on_the_way_are_warned_of_once_per_account(
    account: dict[str, object], is_warned_of: bool
) -> None:
    accounts = [AccountSettings(id=name, **account) for name in ("a", "b")]  # type: ignore[arg-type]
    with capture_logs() as logs:
        warn_of_readable_keys(accounts)
    assert [log["account"] for log in logs] == (["a", "b"] if is_warned_of else [])
    assert all(log["log_level"] == "warning" for log in logs)


def test_best_effort_may_become_plain_where_the_phone_wants_it() -> None:
    stage = stage_with("best_effort")
    phone_calls(stage, SDES)
    stage.phone.reinvite(offer_of(stage, PLAIN, 2))
    stage.run(0.2)
    (answer,) = stage.phone.told(AnswerArrived)
    assert b"a=crypto" not in answer.body


def test_an_offer_with_keys_still_fits_a_datagram() -> None:
    """RFC 3261 §18.1.1: above 1300 octets it would go by TCP, which many a phone does not take."""
    stage = stage_with()
    speaker_calls(stage, SDES)
    (invite,) = stage.pair.bob.sent("INVITE")
    assert len(bytes(invite)) < 1150  # tags and the like are longer in life
    assert invite.body.count(b"a=crypto") == len(BRIEFLY_OFFERED)


@pytest.mark.parametrize(
    ("transport", "suites"), [("udp", BRIEFLY_OFFERED), ("tcp", OFFERED), ("tls", OFFERED)]
)
def test_where_length_does_not_matter_more_suites_are_offered(
    transport: str, suites: tuple[SrtpSuite, ...]
) -> None:
    account = AccountSettings(id="a", transport=transport)  # type: ignore[arg-type]
    assert media_plan(SipSettings(), account, "192.0.2.1").capabilities.offered == suites


def test_an_answer_encrypted_in_a_way_that_was_not_offered_ends_the_call_in_words() -> None:
    """Best effort: it is no plain call, and ciphertext is not played."""
    stage = stage_with("best_effort")
    with capture_logs() as logs:
        speaker_calls(stage, SDES, changed=lambda body: body.replace(b":1 AEAD", b":1 X_AEAD"))
        stage.run(0.5)
    assert stage.state() == "idle"
    assert max(abs(frame).max() for frame in stage.room.played) == 0
    assert "cause=488" in str(stage.pair.bob.sent("BYE")[0].headers.get("Reason"))
    assert any("the answer is encrypted" in str(log.get("why")) for log in logs)


def test_a_phone_that_names_its_key_in_its_packets_is_talked_to_likewise() -> None:
    """MKI (RFC 3711 §3.1): its offers were refused, though it has all that is mandatory."""
    stage = stage_with()
    offer = offer_of(stage, phone_can(SDES))
    stage.offer = re.sub(rb"(inline:\S+)", rb"\1|2^31|1:4", offer)
    stage.call()
    stage.run(0.5)
    assert both_are_heard(stage)
    (answer,) = stage.phone.told(Answered)
    (key,) = (line for line in answer.body.split(b"\r\n") if line.startswith(b"a=crypto"))
    assert key.endswith(b"|1:4")
