"""What is now, as Prometheus reads it: a snapshot of the device, taken when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

THERMAL: Final = Path("/sys/class/thermal")
MOST_ZONES: Final = 32
REGISTERED: Final = ("registered", "secondary")
CALL_STATES: Final = ("ringing", "announcing", "talking", "calling")

COUNTERS: Final = {
    "underruns": ("speaker_audio_underruns", "Times the loudspeaker ran out of sound."),
    "ticks": ("speaker_audio_ticks", "Steps of 10 ms of the sound engine."),
    "skipped_ticks": (
        "speaker_audio_skipped_ticks",
        "Steps of the sound engine that were given up after stalls.",
    ),
}
"""Figures of the sound engine that only grow: Prometheus' name and meaning."""

GAUGES: Final = {
    "lateness_p99_ms": (
        "speaker_audio_lateness_p99_milliseconds",
        "How late the sound engine wakes up, 99th percentile since the start.",
    ),
    "lateness_max_ms": (
        "speaker_audio_lateness_max_milliseconds",
        "How late the sound engine has woken up at most.",
    ),
    "busy_fraction": (
        "speaker_audio_busy_ratio",
        "Share of one processor that the sound engine has taken since the start.",
    ),
    "streams": ("speaker_audio_streams", "Calls and pages that have sound."),
    "clips": ("speaker_audio_clips", "Clips that play or wait."),
    "microphone_dbfs": (
        "speaker_audio_microphone_dbfs",
        "Level of the microphone before its gain, in calls and pages.",
    ),
    "loudspeaker_dbfs": (
        "speaker_audio_loudspeaker_dbfs",
        "Level of all that is played, after its gain, in calls and pages.",
    ),
}


class DeviceNow:
    """The figures of one moment; registered with a registry of its own, and thrown away."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        """`state` is what `Device.state` tells."""
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """What Prometheus' library asks of a collector."""
        yield from self._device()
        yield from self._calls()
        yield from self._registrations()
        yield from self._conditions()
        yield from self._engine()
        yield CounterMetricFamily(
            "speaker_sip_overload",
            "Datagrams of SIP that were dropped because there were too many.",
            value=self._state["sip"].get("too_many", 0) + self._state["sip"].get("overflowed", 0),
        )
        yield _temperatures()

    def _device(self) -> Iterator[Metric]:
        device = self._state["device"]
        info = GaugeMetricFamily(
            "speaker_info", "Which device this is.", labels=["name", "serial", "version"]
        )
        info.add_metric([device["name"], device["serial"], device["version"]], 1)
        yield info

    def _calls(self) -> Iterator[Metric]:
        found = GaugeMetricFamily(
            "speaker_calls_now", "Calls that have not ended, by their state.", labels=["state"]
        )
        states = [call["state"] for call in self._state["calls"]]
        for state in CALL_STATES:
            found.add_metric([state], states.count(state))
        yield found

    def _registrations(self) -> Iterator[Metric]:
        found = GaugeMetricFamily(
            "speaker_sip_registered",
            "Whether an account is registered with its server; 0 also where it has none.",
            labels=["account", "state"],
        )
        for each in self._state["conditions"]:
            if each["name"] == "sip.registration":
                found.add_metric([each["of"], each["value"]], each["value"] in REGISTERED)
        yield found

    def _conditions(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("speaker_ready", "Whether the device takes calls.")
        works = GaugeMetricFamily(
            "speaker_audio_device_works",
            "Whether sound moves at the loudspeaker and at the microphone.",
            labels=["direction"],
        )
        pages = GaugeMetricFamily(
            "speaker_multicast_active",
            "Whether sound arrives from a multicast source.",
            labels=["source"],
        )
        for each in self._state["conditions"]:
            match each["name"]:
                case "device.ready":
                    ready.add_metric([], each["value"])
                case "audio.device":
                    works.add_metric([each["of"]], each["value"])
                case "multicast.active":
                    pages.add_metric([each["of"]], each["value"])
                case _:
                    pass
        yield from (ready, works, pages)

    def _engine(self) -> Iterator[Metric]:
        figures = self._state["engine"]
        for key, (name, words) in COUNTERS.items():
            yield CounterMetricFamily(name, words, value=figures[key])
        for key, (name, words) in GAUGES.items():
            gauge = GaugeMetricFamily(name, words)
            if figures[key] is not None:
                gauge.add_metric([], figures[key])
            yield gauge


def exposed(state: Mapping[str, Any], counted: CollectorRegistry) -> bytes:
    """The text of `GET /metrics`. Reads files of the system: not for the main loop's thread."""
    now = CollectorRegistry()
    now.register(DeviceNow(state))
    ProcessCollector(registry=now)
    return generate_latest(now) + generate_latest(counted)


def _temperatures() -> Metric:
    """Of what the machine has sensors for; none where it has none, as in a container."""
    found = GaugeMetricFamily(
        "speaker_temperature_celsius", "Of a part of the machine.", labels=["zone", "kind"]
    )
    for zone in sorted(THERMAL.glob("thermal_zone*"))[:MOST_ZONES]:
        try:
            kind = (zone / "type").read_text().strip()
            found.add_metric([zone.name, kind], int((zone / "temp").read_text()) / 1000)
        except (OSError, ValueError):
            continue  # a sensor that is asleep
    return found
