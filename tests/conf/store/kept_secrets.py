"""Accounts with secrets, as they lie in a store."""

from typing import Any

from conf.settings import Settings

WORDS = ("correct horse", "battery staple", "open sesame", "4711A")
"""The secrets."""

ACCOUNTS: list[dict[str, Any]] = [
    {
        "id": "pbx",
        "default": True,
        "mode": "registered",
        "user_id": "100",
        "registrar": "pbx.example",
        "password": WORDS[0],
        "answer_access_code": WORDS[3],
        "callers": [{"username": "anna", "password": WORDS[2]}],
        "proxies": [{"address": "out.example", "username": "p", "password": WORDS[1]}],
    },
    {"id": "door"},
]

PLACES = (
    "sip.accounts[0].password",
    "sip.accounts[0].answer_access_code",
    "sip.accounts[0].callers[0].password",
    "sip.accounts[0].proxies[0].password",
)
"""Where they are."""


def revealed(settings: Settings) -> set[str]:
    """What they are in these settings."""
    account = next(each for each in settings.sip.accounts if each.id == "pbx")
    secrets = (account.password, account.answer_access_code)
    others = (account.callers[0].password, account.proxies[0].password)
    return {secret.reveal() for secret in (*secrets, *others)}
