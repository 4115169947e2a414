"""Every route of the HTTP interface, by the functions that make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.api.accounts import account_routes, own_password_routes
from speaker.api.calls import call_routes
from speaker.api.certificates import certificate_routes
from speaker.api.clip_uploads import clip_upload_routes
from speaker.api.clips import clip_routes
from speaker.api.documentation import documentation_routes
from speaker.api.events import event_routes
from speaker.api.front_page import front_page_routes
from speaker.api.health import health_routes
from speaker.api.log import log_routes
from speaker.api.metrics import metric_routes
from speaker.api.power import power_routes
from speaker.api.recipients import recipient_routes
from speaker.api.reports import report_routes
from speaker.api.session import session_routes
from speaker.api.setup import setup_routes
from speaker.api.sip_setup import sip_setup_routes
from speaker.api.sound import sound_routes
from speaker.api.speech import speech_routes
from speaker.api.state import state_routes
from speaker.api.tokens import token_routes
from speaker.api.trial import trial_routes
from speaker.api.triggers import trigger_routes
from speaker.vapix.call_service.routes import call_service_routes
from speaker.vapix.classic import classic_routes
from speaker.vapix.event_stream import event_stream_routes
from speaker.vapix.json_apis import json_api_routes
from speaker.vapix.media_clips import media_clip_routes
from speaker.vapix.pwdgrp import pwdgrp_routes
from speaker.vapix.receive import receive_routes
from speaker.vapix.transmit import transmit_routes
from speaker.vapix.usergroup import usergroup_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import APIRouter

    from speaker.device import Device

ROUTES: Final[tuple[Callable[[Device], APIRouter], ...]] = (
    call_routes,
    trial_routes,
    sip_setup_routes,
    clip_routes,
    clip_upload_routes,
    sound_routes,
    speech_routes,
    trigger_routes,
    recipient_routes,
    state_routes,
    report_routes,
    certificate_routes,
    setup_routes,
    session_routes,
    account_routes,
    own_password_routes,
    token_routes,
    power_routes,
    log_routes,
    event_routes,
    health_routes,
    metric_routes,
    front_page_routes,
    documentation_routes,
    event_stream_routes,
    pwdgrp_routes,
    usergroup_routes,
    classic_routes,
    media_clip_routes,
    transmit_routes,
    receive_routes,
    json_api_routes,
    call_service_routes,
)
