"""`serverreport.cgi` and `debug/debug.tgz`: what an administrator sends to support."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from conf.accounts.role import Role
from speaker.http.rights import needs
from speaker.support.archives import tarred, zipped
from speaker.support.debug_archive import debug_files, running_tasks
from speaker.support.server_report import as_text, make_report, take_snapshot
from speaker.support.traffic_recording import recorded
from speaker.support.traffic_tap import TooManyRecordings
from speaker.vapix.arguments import Asked, BadArguments

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from speaker.device import Device
    from speaker.support.server_report import Section
    from speaker.vapix.arguments import Arguments

PCAP: Final = "application/vnd.tcpdump.pcap"
LONGEST_RECORDING_S: Final = 3600
MODES: Final = ("text", "zip", "zip_with_image", "tar_all")


def support_routes(device: Device) -> APIRouter:
    """Reports, made by a thread and one at a time: they cost memory and a part of a second."""
    router = APIRouter(prefix="/axis-cgi", include_in_schema=False)
    one_at_a_time = asyncio.Lock()

    @router.get("/serverreport.cgi")
    @router.post("/serverreport.cgi")
    @needs(Role.ADMINISTRATOR)
    async def server_report(asked: Asked) -> Response:
        """`mode`: as text or as an archive; there is no camera for an image."""
        mode = asked.get("mode") or "text"
        if mode not in MODES:
            raise BadArguments(f"'mode' is none of {', '.join(MODES)}")
        async with one_at_a_time:
            report = await asyncio.to_thread(make_report, take_snapshot(device))
            name = _file_name(device)
            match mode:
                case "text":
                    return PlainTextResponse(await asyncio.to_thread(as_text, report))
                case "tar_all":
                    data = await asyncio.to_thread(_tar, report)
                    return _attachment(data, f"{name}.tar", "application/x-tar")
                case _:
                    data = await asyncio.to_thread(_zip, report)
                    return _attachment(data, f"{name}.zip", "application/zip")

    @router.get("/debug/debug.tgz")
    @needs(Role.ADMINISTRATOR)
    async def debug(asked: Asked) -> Response:
        """The debug archive; `cmd=pcapdump`: the traffic of the next `duration` seconds instead."""
        command = asked.get("cmd")
        if command == "pcapdump":
            return await _traffic(device, asked)
        if command is not None:
            raise BadArguments("'cmd' is not pcapdump")
        async with one_at_a_time:
            files = await asyncio.to_thread(debug_files, take_snapshot(device), running_tasks())
            data = await asyncio.to_thread(tarred, files, time.time(), "w:gz")
        return _attachment(data, f"debug_{_file_name(device)}.tgz", "application/gzip")

    return router


async def _traffic(device: Device, asked: Arguments) -> Response:
    duration_s = asked.number("duration", low=1, high=LONGEST_RECORDING_S, default=60)
    mask = asked.get("mask") or "yes"
    if mask not in ("yes", "no"):
        raise BadArguments("'mask' is neither yes nor no")
    pieces = recorded(device.traffic, duration_s, mask=mask == "yes")
    try:
        first = await anext(pieces)
    except TooManyRecordings as error:
        return PlainTextResponse(f"{error}\n", status_code=503)
    return _attachment(_following(first, pieces), f"{_file_name(device)}.pcap", PCAP)


async def _following(
    first: bytes, others: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(others):
        yield first
        async for piece in others:
            yield piece


def _file_name(device: Device) -> str:
    at = time.strftime("%Y%m%d_%H%M%S")
    return f"{device.serial.lower()}_{at}"


def _attachment(data: bytes | AsyncGenerator[bytes, None], name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if isinstance(data, bytes):
        return Response(data, media_type=media_type, headers=headers)
    return StreamingResponse(data, media_type=media_type, headers=headers)


def _zip(report: tuple[Section, ...]) -> bytes:
    return zipped({"serverreport.txt": as_text(report).encode()}, time.time())


def _tar(report: tuple[Section, ...]) -> bytes:
    return tarred(
        {f"{each.name}.txt": f"{each.text.rstrip()}\n".encode() for each in report}, time.time()
    )
