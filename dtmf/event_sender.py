"""The payloads of one key press, in the order and rhythm of RFC 4733 §2.5.1.

    packet interval    1     2     3     4     5     6     7
    duration          160   320   480   640   800   800   800     100 ms at 8 kHz, every 20 ms
    end bit             -     -     -     -     E     E     E

All of them travel with the RTP time stamp of the press's start; the first has the marker.
"""

from typing import Final

from dtmf.errors import BadDigit
from dtmf.telephone_event import LONGEST_DURATION, TelephoneEvent, event_code

END_PACKETS: Final = 3
"""The final packet is sent this often, so that its loss does not leave a key hanging (§2.5.1.4)."""

QUIETEST_DBM0: Final = -63


def event_payloads(
    digit: str,
    duration_ms: int,
    packet_interval_ms: int = 20,
    clock_rate_hz: int = 8000,
    volume_dbm0: int = -10,
) -> list[bytes]:
    """The payloads of a press of `digit`, one for each packet interval, the three ends included.

    `duration_ms` is how long the key is down and need not be a multiple of the interval.
    `volume_dbm0` is the power of the tone, 0 to -63.

    Raises:
        BadDigit: no such key, no such volume, not a time, or a press that does not fit in one
            segment (65535 clock units: 8.19 s at 8 kHz).
    """
    event = event_code(digit)
    if duration_ms <= 0 or packet_interval_ms <= 0 or clock_rate_hz <= 0:
        figures = f"{duration_ms} ms every {packet_interval_ms} ms at {clock_rate_hz} Hz"
        raise BadDigit(f"{figures}: all three must be above 0")
    if not QUIETEST_DBM0 <= volume_dbm0 <= 0:
        raise BadDigit(f"volume {volume_dbm0} dBm0 is outside {QUIETEST_DBM0}..0")
    whole = duration_ms * clock_rate_hz // 1000
    if not 0 < whole <= LONGEST_DURATION:
        raise BadDigit(f"{duration_ms} ms are {whole} clock units, outside 1..{LONGEST_DURATION}")
    step = max(packet_interval_ms * clock_rate_hz // 1000, 1)
    going_on = [
        TelephoneEvent(event, False, volume_dbm0, duration) for duration in range(step, whole, step)
    ]
    end = TelephoneEvent(event, True, volume_dbm0, whole)
    return [bytes(packet) for packet in (*going_on, *[end] * END_PACKETS)]
