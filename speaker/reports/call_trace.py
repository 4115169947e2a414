"""What becomes a report while a call lasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from media.sdp.codec_choice import codec_fates
from media.sdp.masking import masked
from speaker.reports.call_report import Agreed, CallReport, Descriptions
from speaker.reports.verdict.table import judged

if TYPE_CHECKING:
    from media.engine.events import StreamId, StreamStopped
    from media.sdp.agreement import AgreedStream
    from speaker.calls.call_media import CallMedia
    from speaker.reports.call_report import CallEnd, Equipment


@dataclass(slots=True, eq=False)
class CallTrace:
    """One call, from its first message until its sound has been counted.

    The report grows with the call; times are monotonic seconds.
    """

    report: CallReport
    media: CallMedia
    began_at: float
    answered_at: float | None = None

    @property
    def stream(self) -> StreamId:
        """The engine's stream of the call."""
        return self.media.stream

    def answered(self, now: float) -> None:
        """Somebody took the call."""
        if self.answered_at is None:
            self.answered_at = now
            self.report = replace(self.report, answered=True, rang_s=now - self.began_at)

    def ended(self, end: CallEnd, now: float) -> None:
        """It is over; its sound may still have to be counted."""
        if self.answered_at is None:
            self.report = replace(self.report, end=end, rang_s=now - self.began_at)
        else:
            self.report = replace(self.report, end=end, lasted_s=now - self.answered_at)

    def counted(self, stopped: StreamStopped) -> None:
        """Its sound has been counted."""
        self.report = replace(self.report, packets=stopped.statistics, sound=stopped.sound)

    def judged(self, equipment: Equipment) -> CallReport:
        """The whole report."""
        media = self.media
        exchange, agreed = media.exchange, media.agreed
        report = replace(
            self.report,
            descriptions=Descriptions(
                offered_here=exchange.offered_here,
                offer=masked(exchange.offer),
                answer=masked(exchange.answer),
            ),
            codecs=codec_fates(
                exchange.offer,
                exchange.answer,
                is_ours=exchange.offered_here,
                ours=media.codecs,
                chosen=agreed.codec.title if agreed else None,
            ),
            agreed=_agreed(agreed) if agreed else None,
            here=media.place,
            equipment=replace(equipment, audio_direction=media.widest_direction.value),
        )
        return judged(report)


def _agreed(agreed: AgreedStream) -> Agreed:
    return Agreed(
        codec=agreed.codec.title,
        direction=agreed.direction.value,
        encryption=agreed.encryption,
        ptime_ms=agreed.ptime_ms,
        keys_by_rtp=agreed.telephone_event is not None,
        stated=agreed.remote,
    )
