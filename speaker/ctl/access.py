"""Which device is meant, and who asks: `--data`, or `--url` and what goes with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from conf.files.data_folder import (
    default_data_folder,
    http_of_running_device,
    local_token_of_running_device,
)
from speaker.ctl.api import Api
from speaker.ctl.asking import secret
from speaker.ctl.proof import Password, Token
from speaker.ctl.trouble import NoAnswer, WrongUsage
from speaker.ctl.trust import Trust

if TYPE_CHECKING:
    import argparse

PATIENCE_S: Final = 60.0
"""How long the device may be silent: it decodes what is uploaded before it answers."""

LONGEST_TOKEN: Final = 4096


class Access:
    """Opens connections to the device that the options name."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Raises WrongUsage where they do not go together."""
        self._url: str | None = options.url
        self._data: Path = (options.data or default_data_folder()).expanduser()
        self._trust = Trust(
            anybody=options.insecure, fingerprint=options.fingerprint or b"", ca=options.ca
        )
        self._proof: Token | Password | None = None
        remote = ("user", "token_file", "insecure", "fingerprint", "ca")
        if self._url is None:
            named = [name for name in remote if getattr(options, name)]
            if named:
                raise WrongUsage(f"--{named[0].replace('_', '-')} is for a device at a --url")
            return
        if options.data:
            raise WrongUsage("--data and --url each name a device: which one?")
        if options.user and options.token_file:
            raise WrongUsage("--user and --token-file each say who asks: which one?")
        self._proof = _proof(options)

    @property
    def is_local(self) -> bool:
        """Whether it is found by its data folder."""
        return self._url is None

    def open(self, timeout_s: float = PATIENCE_S) -> Api:
        """A new connection.

        That of a data folder is looked for each time: it has another token after each start.

        Raises:
            NoAnswer: no device runs on the data folder.
        """
        if self._url is not None:
            return Api(self._url, self._proof, self._trust, timeout_s=timeout_s)
        url = http_of_running_device(self._data)
        token = local_token_of_running_device(self._data)
        if url is None or token is None:
            raise NoAnswer(
                f"no speaker has left word in {self._data} where it answers: does one run on it,"
                " and may you read it? (--data DIR names another folder, --url another device)"
            )
        # Nobody is on the way within a machine, and no certificate names its loopback address.
        return Api(url, Token(token), Trust(anybody=True), timeout_s=timeout_s)


def parse_url(text: str) -> str:
    """`https://speaker.example:8443`, without a path.

    Raises:
        ValueError: it is another kind of address.
    """
    rule = f"{text!r} is not http:// or https:// with a host, and perhaps a port"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(rule) from error
    if "@" in parts.netloc:
        raise ValueError("names and passwords have no place in an address: use --user NAME")
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or has_more or port == 0:
        raise ValueError(rule)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(rule)
    return f"{parts.scheme}://{parts.netloc}"


def _proof(options: argparse.Namespace) -> Token | Password | None:
    """Who asks a device that is not found by its data folder."""
    if options.user:
        return Password(options.user, secret("SPEAKER_PASSWORD", f"Password of {options.user}: "))
    if options.token_file:
        return Token(_token_in(options.token_file))
    token = os.environ.get("SPEAKER_TOKEN", "")
    return Token(_checked(token, "SPEAKER_TOKEN")) if token else None


def _token_in(file: Path) -> str:
    try:
        with file.open(encoding="ascii") as opened:
            text = opened.read(LONGEST_TOKEN)
    except OSError as error:
        raise WrongUsage(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{file}: holds no token") from error
    return _checked(text, str(file))


def _checked(text: str, where: str) -> str:
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise WrongUsage(f"{where}: holds no token")
    return token
