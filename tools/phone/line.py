"""The telephone line: the one file that speaks to PJSIP's untyped Python binding.

The library runs without threads of its own for SIP: everything happens inside `Line.poll`, in the
caller's thread, and comes out as events. Only the media clock is a thread, and it never calls
Python. Calls, files, account and endpoint must be destroyed in this order and before the
interpreter goes down, or the library's destructors crash: hence `close` and the context manager.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType, TracebackType
from typing import Any, Self

import pjsua2 as pj

from tools.phone.events import (
    Answered,
    CallArrived,
    DigitHeard,
    Ended,
    Event,
    Registered,
    Ringing,
    SoundFlows,
    StreamClosed,
)
from tools.phone.orders import DigitMethod, Encryption, LineOrder, TalkOrder, Transport

BRIDGE_RATE_HZ = 16000
"""The rate of the conference bridge, and so of recordings; files and codecs are resampled."""

JITTER_BUFFER_MS = 60
"""Fixed, so that the library neither drops nor stretches sound to shorten its delay."""

LOG_EVERYTHING = 5
LOG_NOTHING = 0
CODEC_OFF = 0
CODEC_BEST = 255
BUSY_HERE = 486

WAIT_FOR_ANSWERS = 0
WAIT_FOR_NOTHING = pj.PJSUA_DESTROY_NO_RX_MSG
"""Ends a second earlier."""

_TRANSPORTS = {
    Transport.UDP: pj.PJSIP_TRANSPORT_UDP,
    Transport.TCP: pj.PJSIP_TRANSPORT_TCP,
    Transport.TLS: pj.PJSIP_TRANSPORT_TLS,
}
_ENCRYPTIONS = {
    Encryption.OFF: pj.PJMEDIA_SRTP_DISABLED,
    Encryption.OPTIONAL: pj.PJMEDIA_SRTP_OPTIONAL,
    Encryption.MANDATORY: pj.PJMEDIA_SRTP_MANDATORY,
}
_DIGIT_METHODS = {
    DigitMethod.RFC4733: pj.PJSUA_DTMF_METHOD_RFC2833,
    DigitMethod.INFO: pj.PJSUA_DTMF_METHOD_SIP_INFO,
}
_SIGNALLING_NEED_NOT_BE_SECURE = 0

Tell = Callable[[Event], None]


class LineFailure(Exception):
    """The library refused: a port taken, a codec unknown, a sound file unreadable."""


@contextmanager
def _failures_of(what: object) -> Iterator[None]:
    """Turn the library's errors into ours, naming what they are about."""
    try:
        yield
    except pj.Error as error:
        raise LineFailure(f"{what}: {error.reason}") from error


class Line:
    """A PJSIP endpoint with one account and at most one call; further callers get 486."""

    def __init__(self, order: LineOrder, talk: TalkOrder) -> None:
        if order.bind is not None and ":" in order.bind:
            raise LineFailure(f"{order.bind}: this build of PJSIP speaks IPv4 only")
        self._order = order
        self._events: deque[Event] = deque()
        self._account: _Account | None = None
        self._call: _Call | None = None
        self._turned_away: list[_Call] = []
        self._sound = _Sound(talk)
        self._endpoint = pj.Endpoint()
        try:
            with _failures_of("PJSIP"):
                self._open()
        except LineFailure:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where the line can be called: `HOST:PORT`."""
        return str(self._endpoint.transportGetInfo(self._transport).localName)

    def poll(self, wait_s: float) -> list[Event]:
        """Let the library work for at most `wait_s` seconds; what has happened, in order."""
        self._endpoint.libHandleEvents(round(wait_s * 1000))
        events = list(self._events)
        self._events.clear()
        return events

    def call(self, uri: str, headers: tuple[tuple[str, str], ...]) -> None:
        """Send an INVITE; `uri` gets the line's transport as a parameter where it names none."""
        call = _Call(self._account, self._events.append, self._sound)
        parameter = pj.CallOpParam(True)
        for name, value in headers:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameter.txOption.headers.append(header)
        self._call = call
        self._do(call.makeCall, self._with_transport(uri), parameter)

    def respond(self, code: int) -> None:
        """Answer the incoming call: 180 rings, 200 takes it, 300 and up refuses it."""
        parameter = pj.CallOpParam(True)
        parameter.statusCode = code
        self._do(self._current_call().answer, parameter)

    def hang_up(self) -> None:
        """End the call by CANCEL, BYE or a refusal, as its state wants; none: do nothing."""
        if self._call is not None and self._call.isActive():
            self._do(self._call.hangup, pj.CallOpParam(True))

    def hold(self) -> None:
        """Put the call on hold by a re-INVITE with `a=sendonly`."""
        self._do(self._current_call().setHold, pj.CallOpParam(True))

    def resume(self) -> None:
        """Take the call off hold by a re-INVITE with `a=sendrecv`."""
        parameter = pj.CallOpParam(True)
        parameter.opt.flag = pj.PJSUA_CALL_UNHOLD
        self._do(self._current_call().reinvite, parameter)

    def change_codec(self, name: str) -> None:
        """Offer this codec alone, by a re-INVITE."""
        self._choose_codecs((name,))
        self._do(self._current_call().reinvite, pj.CallOpParam(True))

    def refer(self, uri: str) -> None:
        """Ask the other side to call `uri` (RFC 3515)."""
        self._do(self._current_call().xfer, uri, pj.CallOpParam(True))

    def press(self, digits: str, method: DigitMethod) -> None:
        """Send digits one after the other; the library paces them."""
        parameter = pj.CallSendDtmfParam()
        parameter.digits, parameter.method = digits, _DIGIT_METHODS[method]
        self._do(self._current_call().sendDtmf, parameter)

    def close(self) -> None:
        """End what is left, unregister and free the library; nothing may be called afterwards."""
        self._sound.close()
        for call in (self._call, *self._turned_away):
            _destroy(call)
        _destroy(self._account)
        registered = self._order.registration is not None
        self._endpoint.libDestroy(WAIT_FOR_ANSWERS if registered else WAIT_FOR_NOTHING)

    def _open(self) -> None:
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.userAgent = "intercom-speaker phone (PJSIP)"
        level = LOG_EVERYTHING if self._order.verbose else LOG_NOTHING
        config.logConfig.level = config.logConfig.consoleLevel = level
        _set_up_media(config.medConfig)
        self._endpoint.libCreate()
        self._endpoint.libInit(config)
        self._endpoint.audDevManager().setNullDev()
        self._choose_codecs(self._order.codecs)
        transport = pj.TransportConfig()
        transport.port = self._order.local_port
        transport.boundAddress = self._order.bind or ""
        if self._order.certificate is not None:
            transport.tlsConfig.certFile = str(self._order.certificate)
            transport.tlsConfig.privKeyFile = str(self._order.certificate)
        kind = _TRANSPORTS[self._order.transport]
        with _failures_of(f"{transport.boundAddress}:{transport.port}"):
            self._transport = self._endpoint.transportCreate(kind, transport)
        self._endpoint.libStart()
        self._sound.open(self._endpoint.audDevManager().getCaptureDevMedia())
        self._account = _Account(self._events.append, self._on_incoming_call)
        self._account.create(self._account_config())

    def _choose_codecs(self, names: tuple[str, ...]) -> None:
        known = [codec.codecId for codec in self._endpoint.codecEnum2()]
        for codec_id in known:
            self._endpoint.codecSetPriority(codec_id, CODEC_OFF)
        for rank, name in enumerate(names):
            matching = [one for one in known if one.upper().startswith(name.upper() + "/")]
            if not matching:
                raise LineFailure(f"codec {name}: this build of PJSIP has only {', '.join(known)}")
            self._endpoint.codecSetPriority(matching[0], CODEC_BEST - rank)

    def _account_config(self) -> Any:
        config = pj.AccountConfig()
        config.idUri = f"sip:phone@{self.address}"
        config.sipConfig.transportId = self._transport
        config.mediaConfig.transportConfig.boundAddress = self._order.bind or ""
        config.mediaConfig.lockCodecEnabled = False
        config.mediaConfig.srtpUse = _ENCRYPTIONS[self._order.encryption]
        config.mediaConfig.rtcpMuxEnabled = self._order.rtcp_mux
        config.mediaConfig.srtpSecureSignaling = _SIGNALLING_NEED_NOT_BE_SECURE
        registration = self._order.registration
        if registration is not None:
            registrar = self._with_transport(registration.registrar)
            host = re.sub(r"^sips?:|;.*$", "", registration.registrar)
            config.idUri = f"sip:{registration.user}@{host}"
            config.regConfig.registrarUri = registrar
            config.sipConfig.authCreds.append(
                pj.AuthCredInfo("digest", "*", registration.user, 0, registration.password)
            )
        return config

    def _with_transport(self, uri: str) -> str:
        if self._order.transport is Transport.UDP or ";transport=" in uri.lower():
            return uri
        return f"{uri};transport={self._order.transport.value}"

    def _on_incoming_call(self, call_id: int) -> None:
        call = _Call(self._account, self._events.append, self._sound, call_id)
        if self._call is None:
            self._call = call
            self._events.append(CallArrived(call.getInfo().remoteUri))
            return
        call.turn_away()
        self._turned_away.append(call)

    def _current_call(self) -> "_Call":
        if self._call is None:
            raise LineFailure("there is no call")
        return self._call

    def _do(self, operation: MethodType, *arguments: object) -> None:
        try:
            with _failures_of(operation.__name__):
                operation(*arguments)
        except LineFailure:
            # Where the call ended in the attempt, that event tells more.
            if not any(isinstance(event, Ended) for event in self._events):
                raise


class _Account(pj.Account):  # type: ignore[misc]
    """Reports the registrar's answers and hands over incoming calls."""

    def __init__(self, tell: Tell, on_incoming_call: Callable[[int], None]) -> None:
        super().__init__()
        self._tell = tell
        self._on_incoming_call = on_incoming_call

    def onRegState(self, parameter: Any) -> None:  # noqa: N802
        """Called by the library when a registration was answered or timed out."""
        self._tell(Registered(parameter.code, parameter.reason))

    def onIncomingCall(self, parameter: Any) -> None:  # noqa: N802
        """Called by the library for an INVITE; the call must be taken over before returning."""
        self._on_incoming_call(parameter.callId)


class _Call(pj.Call):  # type: ignore[misc]
    """One call: turns the library's callbacks into events and wires its sound."""

    def __init__(
        self, account: Any, tell: Tell, sound: "_Sound", call_id: int = pj.PJSUA_INVALID_ID
    ) -> None:
        super().__init__(account, call_id)
        self._tell = tell
        self._sound = sound

    def turn_away(self) -> None:
        """Refuse with 486, saying nothing to anybody."""
        self._tell = lambda _event: None
        parameter = pj.CallOpParam(True)
        parameter.statusCode = BUSY_HERE
        self.hangup(parameter)

    def onCallState(self, parameter: Any) -> None:  # noqa: ARG002, N802
        """Called by the library when the INVITE session changes its state."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            self._tell(Ringing(info.lastStatusCode))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._tell(Answered())
            self._wire_sound(info)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._tell(Ended(info.lastStatusCode, info.lastReason))

    def onCallMediaState(self, parameter: Any) -> None:  # noqa: ARG002, N802
        """Called by the library when offer and answer have changed the streams."""
        self._wire_sound(self.getInfo())

    def onStreamDestroyed(self, parameter: Any) -> None:  # noqa: N802
        """Called by the library while the figures of an ending stream can still be read."""
        figures = self.getStreamStat(parameter.streamIdx).rtcp
        received = figures.rxStat
        self._tell(
            StreamClosed(
                sent=figures.txStat.pkt,
                received=received.pkt,
                lost=received.loss,
                jitter_ms=received.jitterUsec.mean / 1000,
                round_trip_ms=figures.rttUsec.last / 1000 if figures.rttUsec.n else None,
            )
        )

    def onDtmfDigit(self, parameter: Any) -> None:  # noqa: N802
        """Called by the library for a digit received by RFC 4733 or INFO."""
        self._tell(DigitHeard(parameter.digit))

    def _wire_sound(self, info: Any) -> None:
        for media in info.media:
            audio = media.type == pj.PJMEDIA_TYPE_AUDIO
            if audio and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                stream = self.getStreamInfo(media.index)
                encrypted = bool(stream.proto & pj.PJMEDIA_TP_PROFILE_SRTP)
                codec = f"{stream.codecName}/{stream.codecClockRate}"
                self._tell(SoundFlows(codec, encrypted))
                answered = info.state == pj.PJSIP_INV_STATE_CONFIRMED
                self._sound.connect(self.getAudioMedia(media.index), answered=answered)


class _Sound:
    """The files played and recorded, and their wiring in the library's conference bridge."""

    def __init__(self, talk: TalkOrder) -> None:
        self._talk = talk
        self._silence: Any = None
        self._player: Any = None
        self._recorder: Any = None

    def open(self, silence: Any) -> None:
        """Open the files; raises the library's error when one cannot be.

        The null sound device gives silence. It is sent where no file is played, since the library
        sends no RTP at all (digits neither) without a source, and it is mixed into the recording,
        which otherwise would skip times without a stream, such as a hold.
        """
        self._silence = silence
        if self._talk.record is not None:
            self._recorder = pj.AudioMediaRecorder()
            with _failures_of(self._talk.record):
                self._recorder.createRecorder(str(self._talk.record))
        if self._talk.play is not None:
            self._player = pj.AudioMediaPlayer()
            options = 0 if self._talk.play_loop else pj.PJMEDIA_FILE_NO_LOOP
            with _failures_of(self._talk.play):
                self._player.createPlayer(str(self._talk.play), options)

    def connect(self, stream: Any, *, answered: bool) -> None:
        """Record what the stream brings, and once the call is answered play the file into it."""
        self._silence.startTransmit(stream)
        if self._recorder is not None:
            self._silence.startTransmit(self._recorder)
            stream.startTransmit(self._recorder)
        if self._player is not None and answered:
            self._player.startTransmit(stream)

    def close(self) -> None:
        """Free the files; the recording is complete only then."""
        _destroy(self._player)
        _destroy(self._recorder)


def _destroy(proxy: Any) -> None:
    """Destroy the library's object now: a traceback may still hold on to its Python side."""
    if proxy is not None:
        proxy.__swig_destroy__(proxy)


def _set_up_media(config: Any) -> None:
    """Leave the sound alone: no silence suppression, no echo canceller, no adaptive delay."""
    config.clockRate = BRIDGE_RATE_HZ
    config.noVad = True
    config.ecTailLen = 0
    config.jbInit = config.jbMinPre = config.jbMaxPre = JITTER_BUFFER_MS
    # The binding exports no names for this type; an empty StreamInfo carries its "discard none".
    config.jbDiscardAlgo = pj.StreamInfo().jbDiscardAlgo
