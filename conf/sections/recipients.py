"""Who is told when something happens: the `[[recipients]]` of the settings."""

import re
from typing import Annotated, Final, Literal

from conf.sections.table import Table
from conf.values.constraints import Name, Range, Satisfies, Text
from conf.values.secret import Secret
from conf.values.server_address import is_domain
from conf.values.web_address import is_url

MAXIMUM_RECIPIENTS: Final = 20

SUBMISSION_PORT: Final = 587
"""RFC 6409 §3.1."""

MOST_ADDRESSES: Final = 20
LONGEST_ADDRESS: Final = 254
"""RFC 5321 §4.5.3.1.3, without the angle brackets."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>[A-Za-z0-9.-]+)")

RecipientType = Literal["http", "https", "email", "tcp"]
RecipientName = Annotated[str, Text(r"[^\x00-\x1f\x7f]{1,64}", "a name of 1 to 64 characters")]


def addresses_in(text: str) -> list[str]:
    """The email addresses of a text with commas between them."""
    return [each.strip() for each in text.split(",")] if text.strip() else []


def is_address(text: str) -> bool:
    """Whether `text` is one email address, such as `door@example.com`; or empty."""
    found = _ADDRESS.fullmatch(text) if len(text) <= LONGEST_ADDRESS else None
    return not text or (found is not None and is_domain(found["domain"]))


def are_addresses(text: str) -> bool:
    """Whether `text` is some email addresses with commas between them; or empty."""
    found = addresses_in(text)
    return len(found) <= MOST_ADDRESSES and all(each and is_address(each) for each in found)


Host = Annotated[
    str, Satisfies(is_domain, "a host name, an IPv4 address or an IPv6 address in brackets")
]
Addresses = Annotated[
    str,
    Satisfies(are_addresses, f"1 to {MOST_ADDRESSES} email addresses with commas between them"),
]


class RecipientSettings(Table):
    """Somebody who is told when something happens: a program, or people by email.

    Rules tell them (`type = "notify"`). Which fields there are is up to the type.
    """

    name: RecipientName
    """What rules refer to it by; no two recipients share a name."""
    type: RecipientType
    """How it is told: by a request of HTTP or HTTPS, by email, or by a connection that carries the
    message and nothing else (TCP)."""
    url: Annotated[str, Satisfies(is_url, "an address of at most 255 characters")] = ""
    """Of `http` and `https`: the address to ask, such as
    `http://192.168.254.10/cgi-bin/notify.cgi`."""
    username: Name = ""
    """User name for the web server or the mail server; empty: it needs none."""
    password: Secret = Secret()
    """Password that goes with it."""
    validate_server_certificate: bool = True
    """Whether an HTTPS or mail server must prove who it is, by a certificate of a public CA or one
    that was added to the speaker."""
    proxy_host: Host = ""
    """Of `http` and `https`: proxy to ask by; empty: the one of `[global_proxies]`, if any."""
    proxy_port: Annotated[int, Range(1, 65535)] = 3128
    """Port of that proxy."""
    proxy_username: Name = ""
    """User name for that proxy; empty: it needs none."""
    proxy_password: Secret = Secret()
    """Password that goes with it."""
    email_to: Addresses = ""
    """Of `email`: whom to send to; several with commas between them."""
    email_from: Annotated[str, Satisfies(is_address, "an email address")] = ""
    """Of `email`: who it is from."""
    host: Host = ""
    """Of `email`: the mail server (SMTP); of `tcp`: the server."""
    port: Annotated[int, Range(1, 65535)] | None = None
    """Port of that server; left out: 587 for `email`."""
    encryption: Literal["none", "ssl", "tls"] = "tls"
    """Of `email`: `ssl`, encrypted from the first octet (mostly port 465); `tls`, encrypted once
    the server agrees (STARTTLS), or not sent."""

    @property
    def is_web(self) -> bool:
        """Whether it is told by HTTP or HTTPS."""
        return self.type in ("http", "https")
