"""`GET /metrics` can be read by Prometheus, and tells what the device does."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.speaker.http.serving import serving

NOWHERE = "/api/v1/nowhere"


async def figures(http: httpx.AsyncClient) -> dict[str, float]:
    """Every sample, by its name and labels as they are written."""
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sample.labels.items()): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_device_is_told_of_in_figures(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        told = await figures(http)
    assert told["speaker_ready"] == 1
    assert told["speaker_calls_now state=talking"] == 0
    assert told["speaker_sip_registered account=peer_to_peer state=unregistered"] == 0
    assert told["speaker_audio_device_works direction=output"] == 1
    assert told["speaker_audio_ticks_total"] > 0
    assert told["process_cpu_seconds_total"] > 0
    assert told["process_open_fds"] > 0
    assert "speaker_audio_microphone_dbfs" not in told  # nobody measures without a call


async def test_requests_are_counted_by_the_class_of_their_status(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http, served.client() as stranger:
        await http.get("/healthz")
        await http.get(NOWHERE)
        await stranger.get("/api/v1/state")
        told = await figures(http)
    assert told["speaker_http_requests_total status=2xx"] == 1
    assert told["speaker_http_requests_total status=4xx"] == 2
    assert told["speaker_http_requests_total status=5xx"] == 0


async def test_a_label_holds_whatever_a_person_calls_the_device(tmp_path: Path) -> None:
    name = 'Front "door" \\ 2'
    async with serving(tmp_path, f"device.name={name}") as served, served.local() as http:
        told = await figures(http)
    assert [each for each in told if each.startswith("speaker_info") and name in each]
