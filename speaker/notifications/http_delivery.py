"""A recipient is told by one request of HTTP or HTTPS.

Its server says whether it wants Digest or Basic, and only then is the password used. Redirections
are not followed: they could lead a password, or whoever may only choose a recipient, elsewhere. Of
what is answered nothing is kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx

from speaker.notifications.failure import DeliveryFailed, connecting, quoted
from speaker.version import VERSION

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from conf.sections.recipients import RecipientSettings
    from speaker.notifications.notification import Notification
    from speaker.notifications.proxy import Proxy

WHOLE_S: Final = 30.0
CONNECT_S: Final = 10.0
SILENCE_S: Final = 15.0
"""How long it may take, in all, until there is a connection, and between two signs of life."""

LONGEST_ANSWER: Final = 64 * 1024
"""Octets that are read: after them the connection is closed."""

MESSAGE: Final = "Message"
"""The query argument of VAPIX notifications."""

_AGENT: Final = f"intercom-speaker/{VERSION}"
_MEANINGS: Final = {
    403: "forbids it: may this user do it?",
    404: "knows no such address",
    405: "does not take this method",
    407: "stands behind a proxy that wants another user name or password",
    429: "has been asked too often",
    502: "is a proxy or gateway that does not get through",
    503: "is too busy, or does not run",
    504: "is a proxy or gateway that gets no answer",
}


async def deliver(
    recipient: RecipientSettings,
    notification: Notification,
    proxy: Proxy | None,
    context: Callable[[bool], ssl.SSLContext],
) -> None:
    """Ask the recipient's address; `context` makes the terms of TLS, validated or not.

    Raises:
        DeliveryFailed: it was not told, or answers that it did not work.
    """
    try:
        async with asyncio.timeout(WHOLE_S):
            terms = await _terms(recipient, proxy, context)
            async with _client(proxy, *terms) as client:
                status = await _ask(client, recipient, notification)
    except TimeoutError as error:
        raise DeliveryFailed(f"has not answered within {WHOLE_S:.0f} s") from error
    except httpx.ProxyError as error:
        raise DeliveryFailed(
            f"is not reached: the proxy answers {quoted(str(error))}", untouched=True
        ) from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise connecting(error, _where(proxy)) from error
    except httpx.TimeoutException as error:
        raise DeliveryFailed(f"has not answered within {SILENCE_S:.0f} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise DeliveryFailed(f"does not answer as HTTP has it: {quoted(str(error))}") from error
    _judge(status, recipient)


def _where(proxy: Proxy | None) -> str:
    return "" if proxy is None else f"is not reached by the proxy {proxy.url}: it"


async def _terms(
    recipient: RecipientSettings,
    proxy: Proxy | None,
    context: Callable[[bool], ssl.SSLContext],
) -> tuple[ssl.SSLContext, ssl.SSLContext | None]:
    """Those of the server and those of the proxy; public CAs are read only where they matter."""
    validate = recipient.type == "https" and recipient.validate_server_certificate
    of_server = await asyncio.to_thread(context, validate)
    if proxy is None or not proxy.url.startswith("https:"):
        return of_server, None
    return of_server, await asyncio.to_thread(context, True)


def _client(
    proxy: Proxy | None,
    of_server: ssl.SSLContext,
    of_proxy: ssl.SSLContext | None,
) -> httpx.AsyncClient:
    by = None
    if proxy is not None:
        who = (proxy.username, proxy.password.reveal()) if proxy.username else None
        by = httpx.Proxy(proxy.url, auth=who, ssl_context=of_proxy)
    return httpx.AsyncClient(
        verify=of_server,
        proxy=by,
        trust_env=False,  # settings say everything; the environment is the service manager's
        follow_redirects=False,
        timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
        headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
    )


async def _ask(
    client: httpx.AsyncClient, recipient: RecipientSettings, notification: Notification
) -> int:
    """Ask, and once more with the password if the server wants one; the status of the answer."""
    request = _request(client, recipient, notification)
    answer = await client.send(request, stream=True)
    await _drain(answer)
    if answer.status_code == httpx.codes.UNAUTHORIZED and recipient.username:
        signed = _signed(request, answer, recipient)
        if signed is not None:
            answer = await client.send(signed, stream=True)
            await _drain(answer)
    return answer.status_code


def _request(
    client: httpx.AsyncClient, recipient: RecipientSettings, notification: Notification
) -> httpx.Request:
    arguments = [notification.parameters] if notification.parameters else []
    if notification.message:
        arguments.insert(0, f"{MESSAGE}={quote(notification.message, safe='')}")
    url = recipient.url
    if arguments:
        url += ("&" if "?" in url else "?") + "&".join(arguments)
    content = notification.body.encode() if notification.body else None
    headers = list(notification.headers)
    if content is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", _content_type(notification.body)))
    return client.build_request(notification.method, url, headers=headers, content=content)


def _content_type(body: str) -> str:
    return "application/json" if body.lstrip()[:1] in ("{", "[") else "text/plain; charset=utf-8"


async def _drain(answer: httpx.Response) -> None:
    """Read the answer to its end, if that is near; let go of it."""
    octets = 0
    try:
        async for piece in answer.aiter_raw():
            octets += len(piece)
            if octets > LONGEST_ANSWER:
                break
    finally:
        await answer.aclose()


def _signed(
    request: httpx.Request, answer: httpx.Response, recipient: RecipientSettings
) -> httpx.Request | None:
    """The request with what the server wants to see; None: it is nothing that we know."""
    name, password = recipient.username, recipient.password.reveal()
    kinds = {each.partition(" ")[0].lower() for each in answer.headers.get_list("WWW-Authenticate")}
    if "digest" in kinds:
        flow = httpx.DigestAuth(name, password).auth_flow(request)
        next(flow)  # the request as it was
        try:
            return flow.send(answer)
        except (KeyError, NotImplementedError, StopIteration) as error:
            why = "asks for a kind of Digest that is not known here"
            raise DeliveryFailed(why) from error
    if "basic" in kinds:
        return next(httpx.BasicAuth(name, password).auth_flow(request))
    return None


def _judge(status: int, recipient: RecipientSettings) -> None:
    """Raise what an answer means that is no success."""
    if 200 <= status <= 299:
        return
    if status == httpx.codes.UNAUTHORIZED:
        meaning = "does not accept the user name or the password"
        if not recipient.username:
            meaning = "asks for a user name and a password"
    elif 300 <= status <= 399:
        meaning = "sends us elsewhere, where we do not go: enter that address instead"
    else:
        meaning = _MEANINGS.get(status, "says that it did not work")
    raise DeliveryFailed(f"{meaning} (HTTP status {status})")
