"""What must hold between settings, beyond each one's own type and range.

The checks read the plain tables and skip whatever is malformed there, so that they report together
with the problems of single values and not only once those are gone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from conf.sections.recipients import RecipientSettings
from conf.validation.problem import Problem, shown
from conf.values.web_address import has_password, has_user

Plain = Mapping[str, object]


def inconsistencies(settings: Plain) -> Iterator[Problem]:
    """Every broken rule between the values of `settings`, a table of tables."""
    for check in CHECKS:
        yield from check(settings)


def _entries(settings: Plain, key: str) -> list[tuple[str, Plain]]:
    """The tables of the list at the dotted `key`, each with its own key."""
    found: object = settings
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return _tables(found, key)


def _tables(found: object, key: str) -> list[tuple[str, Plain]]:
    if not isinstance(found, Sequence):
        return []
    return [(f"{key}[{i}]", item) for i, item in enumerate(found) if isinstance(item, Mapping)]


def _names(settings: Plain, key: str, name: str) -> set[object]:
    return {entry[name] for _, entry in _entries(settings, key) if isinstance(entry.get(name), str)}


def _unique(key: str, name: str) -> Callable[[Plain], Iterator[Problem]]:
    def check(settings: Plain) -> Iterator[Problem]:
        first: dict[str, str] = {}
        for at, entry in _entries(settings, key):
            value = entry.get(name)
            if not isinstance(value, str):
                continue
            if value in first:
                yield Problem(f"{at}.{name}", shown(value), f"is already used by {first[value]}")
            first.setdefault(value, at)

    return check


def _a_door_is_open(settings: Plain) -> Iterator[Problem]:
    http = settings.get("http")
    if isinstance(http, Mapping) and http.get("enabled") is http.get("https_enabled") is False:
        yield Problem("http.enabled", "false", "is for devices with `http.https_enabled = true`")


def _one_default_account(settings: Plain) -> Iterator[Problem]:
    accounts = _entries(settings, "sip.accounts")
    defaults = [at for at, account in accounts if account.get("default") is True]
    if accounts and not defaults:
        yield Problem("sip.accounts", "", "no account has `default = true`; exactly one must")
    for at in defaults[1:]:
        yield Problem(f"{at}.default", "true", f"is already set for {defaults[0]}; only one may be")


def _complete_accounts(settings: Plain) -> Iterator[Problem]:
    """A registered account says with whom and as whom; a peer-to-peer account does not."""
    for at, account in _entries(settings, "sip.accounts"):
        if account.get("mode") == "registered":
            if not account.get("domain") and not account.get("registrar"):
                yield Problem(at, "", 'has mode "registered": it needs a `domain` or a `registrar`')
            if not account.get("user_id"):
                yield Problem(at, "", 'has mode "registered": it needs a `user_id`')
            continue
        for name in ("registrar", "secondary_server"):
            if account.get(name):
                yield Problem(f"{at}.{name}", "", 'is for accounts with mode "registered"')
        if account.get("password") and not account.get("proxies"):
            rule = 'is for accounts with mode "registered" or with proxies'
            yield Problem(f"{at}.password", "", rule)


def _user_names_with_passwords(settings: Plain) -> Iterator[Problem]:
    for at, account in _entries(settings, "sip.accounts"):
        if account.get("authentication_id") and not account.get("password"):
            yield Problem(f"{at}.authentication_id", "", "needs a `password` to go with it")
        if account.get("password") and not (
            account.get("authentication_id") or account.get("user_id")
        ):
            yield Problem(f"{at}.password", "", "needs a `user_id` to go with it")
        for i, proxy in _tables(account.get("proxies"), f"{at}.proxies"):
            if not proxy.get("address"):
                yield Problem(f"{i}.address", "", "is missing")
            if bool(proxy.get("username")) != bool(proxy.get("password")):
                yield Problem(i, "", "needs `username` and `password`, or neither")


def _registered_once(settings: Plain) -> Iterator[Problem]:
    """Two accounts that register the same address would take it from one another."""
    seen: dict[tuple[object, object], str] = {}
    for at, account in _entries(settings, "sip.accounts"):
        if account.get("mode") != "registered" or account.get("active") is False:
            continue
        address = (account.get("user_id"), account.get("domain") or account.get("registrar"))
        if not all(isinstance(part, str) for part in address):
            continue
        if address in seen:
            yield Problem(at, "", f"registers the same address as {seen[address]}")
        seen.setdefault(address, at)


def _known_accounts(settings: Plain) -> Iterator[Problem]:
    known = _names(settings, "sip.accounts", "id")
    for at, sequence in _entries(settings, "sip.dtmf_sequences"):
        wanted = sequence.get("accounts")
        for i, account in enumerate(wanted if isinstance(wanted, Sequence) else ()):
            if isinstance(account, str) and account not in known:
                yield Problem(f"{at}.accounts[{i}]", shown(account), "is not the id of an account")


def _sips_by_tls(settings: Plain) -> Iterator[Problem]:
    for at, account in _entries(settings, "sip.accounts"):
        transport = account.get("transport")
        if account.get("sips") is True and transport not in ("tls", "auto"):
            told = shown(transport) if transport is not None else "its default"
            yield Problem(f"{at}.sips", "true", f'needs `transport = "tls"`, which is {told}')


def _keys_for_encrypted_sound(settings: Plain) -> Iterator[Problem]:
    for at, account in _entries(settings, "sip.accounts"):
        if account.get("media_key_exchange") != "dtls":
            continue
        if account.get("media_encryption", "none") == "none":
            rule = 'needs `media_encryption = "mandatory"` or `"best_effort"`'
            yield Problem(f"{at}.media_key_exchange", shown("dtls"), rule)


def _distinct_sequences(settings: Plain) -> Iterator[Problem]:
    """The same keys may mean two things only in the calls of different accounts."""
    seen: list[tuple[str, frozenset[str], str]] = []
    for at, entry in _entries(settings, "sip.dtmf_sequences"):
        keys, listed = entry.get("sequence"), entry.get("accounts")
        named = listed if isinstance(listed, list | tuple) else ()
        accounts = frozenset(each for each in named if isinstance(each, str))
        if not isinstance(keys, str):
            continue
        for other_keys, other_accounts, other_at in seen:
            shared = not accounts or not other_accounts or accounts & other_accounts
            if keys == other_keys and shared:
                yield Problem(f"{at}.sequence", shown(keys), f"is already used by {other_at}")
                break
        seen.append((keys, accounts, at))


def _known_references_in_rules(settings: Plain) -> Iterator[Problem]:
    known = {
        "id": (_names(settings, "sip.dtmf_sequences", "id"), "the id of a DTMF sequence"),
        "account": (_names(settings, "sip.accounts", "id"), "the id of an account"),
        "source": (_names(settings, "multicast.sources", "label"), "the label of a source"),
    }
    for rule_at, rule in _entries(settings, "rules"):
        for at, condition in _tables(rule.get("conditions"), f"{rule_at}.conditions"):
            for name, (values, meaning) in known.items():
                value = condition.get(name)
                if isinstance(value, str) and value not in values:
                    yield Problem(f"{at}.{name}", shown(value), f"is not {meaning}")


def _one_event_in_a_rule(settings: Plain) -> Iterator[Problem]:
    for rule_at, rule in _entries(settings, "rules"):
        conditions = _tables(rule.get("conditions"), f"{rule_at}.conditions")
        events = [at for at, condition in conditions if "event" in condition]
        for at in events[1:]:
            yield Problem(at, "", "is a second `event`; two never occur at the same time")


def _distinct_callers(settings: Plain) -> Iterator[Problem]:
    for at, account in _entries(settings, "sip.accounts"):
        seen: set[str] = set()
        for caller_at, caller in _tables(account.get("callers"), f"{at}.callers"):
            name = caller.get("username")
            if isinstance(name, str) and name in seen:
                yield Problem(f"{caller_at}.username", shown(name), "is already used")
            elif isinstance(name, str):
                seen.add(name)


def _access_code_can_be_keyed(settings: Plain) -> Iterator[Problem]:
    for at, account in _entries(settings, "sip.accounts"):
        takes_keys = account.get("dtmf_rtp", True) or account.get("dtmf_info", True)
        if account.get("answer_access_code") and not takes_keys:
            problem = "cannot be keyed, as `dtmf_rtp` and `dtmf_info` are both off"
            yield Problem(f"{at}.answer_access_code", "", problem)


def _one_time_zone(settings: Plain) -> Iterator[Problem]:
    table = settings.get("time")
    if isinstance(table, Mapping) and table.get("time_zone") and table.get("posix_time_zone"):
        value = shown(table["posix_time_zone"])
        yield Problem("time.posix_time_zone", value, "is beside `time_zone`; only one can count")


def _proxies_without_passwords_in_them(settings: Plain) -> Iterator[Problem]:
    table = settings.get("global_proxies")
    if not isinstance(table, Mapping):
        return
    for name in ("http_proxy", "https_proxy"):
        address = table.get(name)
        if not isinstance(address, str):
            continue
        key = f"global_proxies.{name}"
        if has_password(address):
            rule = f"holds a password: it belongs in `{name}_password`, which is kept secret"
            yield Problem(key, "", rule)
        elif table.get(f"{name}_password") and not has_user(address):
            yield Problem(f"{key}_password", "", f"needs a user in `{name}`: http://user@host:port")


def _complete_recipients(settings: Plain) -> Iterator[Problem]:
    for at, recipient in _entries(settings, "recipients"):
        kind = recipient.get("type")
        if not isinstance(kind, str) or kind not in FIELDS_OF_RECIPIENTS:
            continue  # told already
        needed, allowed = FIELDS_OF_RECIPIENTS[kind]
        for name in needed:
            if not recipient.get(name):
                yield Problem(f"{at}.{name}", "", f'is missing: type "{kind}" needs it')
        for name, field in RecipientSettings.model_fields.items():
            if name in ("name", "type"):
                continue
            is_set = recipient.get(name, field.default) not in (field.default, "", None)
            if name not in allowed and is_set:
                yield Problem(f"{at}.{name}", "", f'is not for recipients of type "{kind}"')
        for who in ("", "proxy_"):
            if bool(recipient.get(f"{who}username")) != bool(recipient.get(f"{who}password")):
                rule = f"needs `{who}username` and `{who}password`, or neither"
                yield Problem(at, "", rule)
        if recipient.get("proxy_username") and not recipient.get("proxy_host"):
            yield Problem(f"{at}.proxy_username", "", "needs a `proxy_host`")


def _addresses_of_recipients(settings: Plain) -> Iterator[Problem]:
    for at, recipient in _entries(settings, "recipients"):
        kind, url = recipient.get("type"), recipient.get("url")
        if kind not in ("http", "https") or not isinstance(url, str) or not url:
            continue
        if has_user(url):
            rule = "names a user: that belongs in `username` and `password`"
            yield Problem(f"{at}.url", "", rule)
        elif not url.lower().startswith(f"{kind}://"):
            yield Problem(f"{at}.url", shown(url), f'does not begin with "{kind}://"')


def _known_recipients_in_rules(settings: Plain) -> Iterator[Problem]:
    types = {
        entry["name"]: entry.get("type")
        for _, entry in _entries(settings, "recipients")
        if isinstance(entry.get("name"), str)
    }
    for rule_at, rule in _entries(settings, "rules"):
        for at, action in _tables(rule.get("action"), f"{rule_at}.action"):
            name = action.get("recipient")
            if action.get("type") != "notify" or not isinstance(name, str):
                continue
            if name not in types:
                yield Problem(f"{at}.recipient", shown(name), "is not the name of a recipient")
                continue
            kind = types[name]
            for field, kinds in FIELDS_OF_NOTIFICATIONS.items():
                if action.get(field) and isinstance(kind, str) and kind not in kinds:
                    rule_of_it = f'is not for recipients of type "{kind}"'
                    yield Problem(f"{at}.{field}", "", rule_of_it)
            if action.get("body") and action.get("method", "GET") == "GET":
                yield Problem(f"{at}.body", "", "is not for the method GET")


def _mail_of_the_log(settings: Plain) -> Iterator[Problem]:
    table = settings.get("log_mail")
    if not isinstance(table, Mapping):
        return
    recipients = [entry for _, entry in _entries(settings, "recipients")]
    mailed = [each.get("name") for each in recipients if each.get("type") == "email"]
    name = table.get("recipient")
    if name and isinstance(name, str) and name not in mailed:
        rule = 'is not the name of a recipient of type "email"'
        yield Problem("log_mail.recipient", shown(name), rule)
    elif table.get("level") in ("error", "warning", "info") and not mailed:
        rule = 'needs a recipient of type "email", by whose mail server the log is sent'
        yield Problem("log_mail.level", shown(table["level"]), rule)


_LOGIN: Final = frozenset(("username", "password"))
_WEB: Final = _LOGIN | {"url", "proxy_host", "proxy_port", "proxy_username", "proxy_password"}
_CHECKED: Final = "validate_server_certificate"

FIELDS_OF_RECIPIENTS: Final[Mapping[object, tuple[tuple[str, ...], frozenset[str]]]] = {
    "http": (("url",), _WEB),
    "https": (("url",), _WEB | {_CHECKED}),
    "email": (
        ("email_to", "email_from", "host"),
        _LOGIN | {_CHECKED, "email_to", "email_from", "host", "port", "encryption"},
    ),
    "tcp": (("host", "port"), frozenset(("host", "port"))),
}
"""By type: what there must be, and what there may be beside a name and a type."""

FIELDS_OF_NOTIFICATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "subject": ("email",),
    "parameters": ("http", "https"),
    "headers": ("http", "https"),
    "body": ("http", "https"),
}
"""Which types a text of a notification is for, where it is not for all."""


CHECKS: Final = (
    _a_door_is_open,
    _unique("sip.accounts", "id"),
    _one_default_account,
    _complete_accounts,
    _user_names_with_passwords,
    _registered_once,
    _distinct_callers,
    _access_code_can_be_keyed,
    _unique("sip.dtmf_sequences", "id"),
    _known_accounts,
    _sips_by_tls,
    _keys_for_encrypted_sound,
    _distinct_sequences,
    _unique("multicast.sources", "label"),
    _unique("clips", "name"),
    _unique("rules", "name"),
    _one_event_in_a_rule,
    _one_time_zone,
    _known_references_in_rules,
    _proxies_without_passwords_in_them,
    _unique("recipients", "name"),
    _complete_recipients,
    _addresses_of_recipients,
    _known_recipients_in_rules,
    _mail_of_the_log,
)
