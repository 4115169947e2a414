"""What recipients, proxies and notifications may be; what is wrong with them is said by key."""

from typing import Any

import pytest

from conf.validation.problem import BadSettings
from conf.validation.validate import validate

WEB = {"name": "gate", "type": "http", "url": "http://192.0.2.7:8080/cgi-bin/notify.cgi?a=b"}
MAIL = {
    "name": "staff",
    "type": "email",
    "email_to": "joe@example.com, ann@example.org",
    "email_from": "door@example.net",
    "host": "mail.example",
}
TCP = {"name": "panel", "type": "tcp", "host": "[2001:db8::7]", "port": 9000}


def problems(tables: dict[str, Any]) -> list[str]:
    try:
        validate(tables)
    except BadSettings as error:
        return [str(each) for each in error.problems]
    return []


def rule(**notify: Any) -> dict[str, Any]:
    action = {"type": "notify", **notify}
    return {"name": "r", "conditions": [{"event": "manual.trigger"}], "action": [action]}


def test_recipients_of_every_type_are_taken_and_mail_goes_encrypted_by_default() -> None:
    tables = {"recipients": [WEB, MAIL, TCP], "log_mail": {"level": "warning"}}
    assert problems(tables) == []
    found = validate(tables).recipients
    assert (found[1].encryption, found[1].validate_server_certificate) == ("tls", True)


@pytest.mark.parametrize(
    ("recipient", "told"),
    [
        ({**WEB, "url": ""}, 'url: is missing: type "http" needs it'),
        ({**WEB, "type": "https"}, f'url: "{WEB["url"]}" does not begin with "https://"'),
        ({**WEB, "url": "http://joe@192.0.2.7/"}, "url: names a user: that belongs in `username`"),
        ({**WEB, "url": "http://192.0.2.7/a b"}, 'url: "http://192.0.2.7/a b" is not an address'),
        ({**WEB, "url": "http://192.0.2.7/#x"}, 'url: "http://192.0.2.7/#x" is not an address'),
        ({**WEB, "url": "http://192.0.2.7:99999/"}, "url: "),
        ({**WEB, "url": "http://x/" + "y" * 247}, "url: "),
        ({**WEB, "username": "joe"}, "needs `username` and `password`, or neither"),
        ({**WEB, "proxy_username": "p", "proxy_password": "q"}, "needs a `proxy_host`"),
        ({**WEB, "host": "mail.example"}, 'host: is not for recipients of type "http"'),
        ({**WEB, "validate_server_certificate": False}, "validate_server_certificate: is not for"),
        ({**MAIL, "email_to": ""}, "email_to: is missing"),
        ({**MAIL, "email_to": "joe@example.com,"}, "email_to: "),
        ({**MAIL, "email_to": "joe@example.com\r\nBcc: eve@example.com"}, "email_to: "),
        ({**MAIL, "email_from": "a@example.com, b@example.com"}, "email_from: "),
        ({**MAIL, "email_to": ",".join(["joe@example.com"] * 21)}, "email_to: "),
        ({**MAIL, "url": WEB["url"]}, 'url: is not for recipients of type "email"'),
        ({**TCP, "port": None}, "port: is missing"),
        ({**TCP, "port": 0}, "port: 0 is outside 1..65535"),
        ({**TCP, "password": "x"}, 'password: is not for recipients of type "tcp"'),
        ({**TCP, "type": "ftp"}, 'type: "ftp" is not'),
    ],
)
def test_what_a_recipient_lacks_or_may_not_have_is_said(
    recipient: dict[str, Any], told: str
) -> None:
    given = {key: value for key, value in recipient.items() if value is not None}
    assert any(told in each for each in problems({"recipients": [given]}))


def test_there_are_20_at_most_each_with_a_name_of_its_own() -> None:
    many = [{**TCP, "name": f"panel {number}"} for number in range(20)]
    assert problems({"recipients": many}) == []
    assert problems({"recipients": [*many, WEB]})
    assert problems({"recipients": [WEB, {**TCP, "name": "gate"}]}) == [
        'recipients[1].name: "gate" is already used by recipients[0]'
    ]


@pytest.mark.parametrize(
    "proxy", ["proxy.example:3128", "http://proxy.example", "ftp://x:1", "http://x:0"]
)
def test_a_proxy_has_a_scheme_and_a_port(proxy: str) -> None:
    assert problems({"global_proxies": {"http_proxy": proxy}})


def test_the_password_of_a_proxy_is_not_in_its_address_and_not_in_the_error() -> None:
    """The manual has it there; here it is kept as a secret."""
    wrong = ("http://pat:secret@proxy.example:3128", "http://pat:secret@proxy.example")
    for address in wrong:
        told = problems({"global_proxies": {"https_proxy": address}})
        assert any("it belongs in `https_proxy_password`" in each for each in told)
        assert "secret" not in "".join(told).replace("kept secret", "")
    right = {"https_proxy": "http://pat@proxy.example:3128", "https_proxy_password": "secret"}
    assert problems({"global_proxies": right}) == []
    assert problems({"global_proxies": {"http_proxy_password": "secret"}})


@pytest.mark.parametrize(
    ("entry", "is_one"),
    [
        ("192.0.2.7", True),
        ("192.0.2.0/24", True),
        ("2001:db8::/32", True),
        ("www.example.com", True),
        (".example.com", True),
        ("", False),
        (".", False),
        ("*.example.com", False),
        ("http://example.com", False),
        ("192.0.2.0/33", False),
        ("fe80::1%eth0", False),
    ],
)
def test_whom_no_proxy_is_for_is_written_as_the_manual_says(entry: str, is_one: bool) -> None:
    assert (problems({"global_proxies": {"no_proxy": [entry]}}) == []) is is_one


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ({"recipient": "nobody"}, 'recipient: "nobody" is not the name of a recipient'),
        ({"recipient": "staff", "headers": ["X-A: b"]}, "headers: is not for recipients of type"),
        ({"recipient": "gate", "subject": "x"}, "subject: is not for recipients of type"),
        ({"recipient": "panel", "body": "x", "method": "PUT"}, "body: is not for recipients of"),
        ({"recipient": "gate", "body": "x"}, "body: is not for the method GET"),
        ({"recipient": "gate", "method": "HEAD"}, 'method: "HEAD" is not'),
        ({"recipient": "gate", "parameters": "a=b c"}, "parameters: "),
        ({"recipient": "gate", "parameters": "a=b#c"}, "parameters: "),
        ({"recipient": "gate", "headers": ["Host: elsewhere"]}, "headers[0]: "),
        ({"recipient": "gate", "headers": ["X: a\r\nY: b"]}, "headers[0]: "),
        ({"recipient": "staff", "subject": "a\r\nBcc: eve@example.com"}, "subject: "),
    ],
)
def test_a_notification_fits_its_recipient(action: dict[str, Any], told: str) -> None:
    found = problems({"recipients": [WEB, MAIL, TCP], "rules": [rule(**action)]})
    assert len(found) == 1
    assert found[0].startswith("rules[0].action[0].")
    assert told in found[0]


def test_the_log_is_sent_by_a_recipient_of_email() -> None:
    level = {"level": "error"}
    assert problems({"log_mail": level, "recipients": [WEB]}) == [
        'log_mail.level: "error" needs a recipient of type "email", by whose mail server the log'
        " is sent"
    ]
    by_web = {**level, "recipient": "gate"}
    assert problems({"log_mail": by_web, "recipients": [WEB, MAIL]}) == [
        'log_mail.recipient: "gate" is not the name of a recipient of type "email"'
    ]


@pytest.mark.parametrize("wrong", [[], {}, [{}], 1, True, None, "x", [1, "x"]])
@pytest.mark.parametrize("key", [*WEB, *MAIL, "port", "username", "password", "encryption"])
def test_whatever_stands_in_place_of_a_value_is_a_problem_and_no_fault(
    key: str, wrong: object
) -> None:
    level = {"level": "info", "recipient": wrong}
    problems({"recipients": [{**WEB, key: wrong}, wrong], "log_mail": level})
    problems({"recipients": [{**MAIL, key: wrong}], "rules": [rule(**{key: wrong})]})
    problems({"recipients": [MAIL], "rules": [rule(recipient=wrong, method=wrong, body=wrong)]})
    problems({"global_proxies": {"http_proxy": wrong, "http_proxy_password": wrong}})
