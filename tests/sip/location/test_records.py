import pytest

from sip.location.records import Kind, Question, dns_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("PBX.Example.Com", "pbx.example.com"),
        ("pbx.example.com.", "pbx.example.com"),
        ("pbx", "pbx"),
        ("_sip._udp.example.com", "_sip._udp.example.com"),
        ("my_phone.lan", "my_phone.lan"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("a" * 64 + ".example", None),
        (".".join(["a" * 61] * 5), None),
        ("a..b", None),
        (".", None),
        ("", None),
        ("two words.example", None),
        ("line\nbreak.example", None),
        ("example.com\n", None),
        ("\\000.example", None),
        ("-a.example", None),
        ("münchen.example", None),
    ],
)
def test_a_name_has_one_spelling_and_nonsense_has_none(text: str, name: str | None) -> None:
    """RFC 1035 §2.3.1 and §2.3.4, and the underscores of RFC 2782."""
    assert dns_name(text) == name


@pytest.mark.parametrize(
    ("question", "host"),
    [
        (Question("_sip._udp.pbx.example.com", Kind.SRV), "pbx.example.com"),
        (Question("pbx.example.com", Kind.SRV), "pbx.example.com"),
        (Question("_sip._udp", Kind.SRV), ""),
        (Question("_my.phone", Kind.A), "_my.phone"),
    ],
)
def test_a_service_belongs_to_a_host(question: Question, host: str) -> None:
    """RFC 2782, "The format of the SRV RR"."""
    assert question.host == host
