"""All settings as one TOML text that a person can read, edit and give to another device.

Where a secret is set it says `(hidden)`. With a password the secrets are in the text too, as one
encrypted table beside the settings: scrypt (RFC 7914) and AES-256-GCM. Whatever is attached to the
settings (`conf.store.attachment`) has tables of its own, and its secrets among them.
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any, Final

import tomli_w
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import TypeAdapter, ValidationError

from conf.store.attachment import NOTHING, Attached
from conf.store.secret_box import KEY_OCTETS, DoesNotOpen, SecretBox
from conf.tables.assignment import written
from conf.tables.plain import Place
from conf.tables.secret_places import change_secrets
from conf.tables.toml import LARGEST_FILE, NotToml, parsed_toml
from conf.validation.problem import BadSettings, Problem
from conf.values.secret import HIDDEN

SECRETS: Final = "secrets"
"""The table of what is encrypted; no setting has this name."""

METHOD: Final = "scrypt, AES-256-GCM"
COST: Final = {"n": 2**15, "r": 8, "p": 1}
"""Of scrypt: 32 MiB of memory, and a tenth of a second on a PC."""

HIGHEST_N: Final = 2**17
"""What an export may ask for: 128 MiB."""

SALT_OCTETS: Final = 16
SHORTEST_PASSWORD: Final = 8
PLACE: Final = "export"
SECRETS_BY_PLACE: Final = TypeAdapter(dict[str, str])

INTRODUCTION: Final = f"""\
# Settings of a SIP intercom speaker. What is not here is as it was delivered.
# "{HIDDEN}" stands for a secret: whoever imports this keeps the one that is there.

"""


def write_export(
    tables: Mapping[str, Any],
    password: str | None,
    unknown: frozenset[str],
    attached: Attached = NOTHING,
) -> str:
    """The text for settings as plain tables, `unknown` being secrets that are none.

    Raises:
        BadSettings: the password is too short to protect anything.
    """
    secrets: dict[str, str] = {}

    def hide(at: Place, text: str) -> str:
        if text and text not in unknown:
            secrets[written(at)] = text
        return HIDDEN if text else ""

    document: dict[str, Any] = {**change_secrets(tables, hide), **attached.tables}
    if password is not None:
        document[SECRETS] = _encrypted({**secrets, **attached.secrets}, password)
    return INTRODUCTION + tomli_w.dumps(document)


def read_export(
    text: str, password: str | None, attached: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], Attached]:
    """The plain tables of an export, with its secrets; those that it does not have stay hidden.

    Those with the names `attached` are told apart, with the secrets of all.

    Raises:
        BadSettings: it cannot be read, or the password is not the one that it was made with.
    """
    if len(text) > LARGEST_FILE:
        raise _bad("export", f"is larger than {LARGEST_FILE} characters")
    try:
        document = parsed_toml(text)
    except NotToml as error:
        raise _bad("export", f"is not TOML: {error}") from error
    encrypted = document.pop(SECRETS, None)
    if encrypted is not None and password is None:
        raise _bad("password", "is missing: the secrets of this export are encrypted with one")
    secrets = {} if encrypted is None else _decrypted(encrypted, password or "")
    beside = {name: document.pop(name) for name in attached & document.keys()}

    def fill_in(at: Place, hidden: str) -> str:
        return secrets.get(written(at), hidden) if hidden == HIDDEN else hidden

    filled: dict[str, Any] = change_secrets(document, fill_in)
    return filled, Attached(beside, secrets)


def _encrypted(secrets: Mapping[str, str], password: str) -> dict[str, object]:
    if len(password) < SHORTEST_PASSWORD:
        raise _bad("password", f"is shorter than {SHORTEST_PASSWORD} characters")
    salt = token_bytes(SALT_OCTETS)
    box = SecretBox(_key(password, salt, COST))
    return {
        "method": METHOD,
        **COST,
        "salt": b64encode(salt).decode(),
        "sealed": b64encode(box.seal(PLACE, json.dumps(secrets))).decode(),
    }


def _decrypted(table: object, password: str) -> dict[str, str]:
    if not isinstance(table, Mapping) or table.get("method") != METHOD:
        raise _bad(SECRETS, f'are not encrypted in the way that is known here ("{METHOD}")')
    cost = {name: table.get(name) for name in COST}
    n, others = cost["n"], (cost["r"], cost["p"])
    if not isinstance(n, int) or others != (COST["r"], COST["p"]) or not _is_bearable(n):
        raise _bad(SECRETS, f"have a cost outside of n = {COST['n']}..{HIGHEST_N}, r = 8, p = 1")
    try:
        salt, sealed = (
            b64decode(str(table.get(name)), validate=True) for name in ("salt", "sealed")
        )
    except (binascii.Error, ValueError) as error:
        raise _bad(SECRETS, "are damaged: `salt` or `sealed` is not Base64") from error
    try:
        opened = SecretBox(_key(password, salt, {**COST, "n": n})).unseal(PLACE, sealed)
    except DoesNotOpen as error:
        rule = "is not the one that this export was made with, or the export is damaged"
        raise _bad("password", rule) from error
    try:
        return SECRETS_BY_PLACE.validate_json(opened)
    except ValidationError as error:
        raise _bad(SECRETS, "are not texts by the keys of their settings") from error


def _is_bearable(n: int) -> bool:
    return COST["n"] <= n <= HIGHEST_N and n & (n - 1) == 0


def _key(password: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    kdf = Scrypt(salt=salt, length=KEY_OCTETS, n=cost["n"], r=cost["r"], p=cost["p"])
    return kdf.derive(password.encode("utf-8", "surrogatepass"))


def _bad(key: str, rule: str) -> BadSettings:
    return BadSettings([Problem(key, "", rule)])
