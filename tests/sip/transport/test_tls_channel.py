import ssl
from pathlib import Path

import pytest

from sip.flow import TlsPeer
from sip.transport.tls_channel import TlsChannel, TlsTerms
from sip.transport.tls_contexts import TlsContexts
from sip.transport.tls_profile import ClientProfile, ServerProfile, TlsVersion
from sip.transport.tls_trouble import TlsFailure
from tests.certificates import Authority, Issued, self_signed

DOMAIN = "example.com"


def meet(client: TlsChannel, server: TlsChannel) -> None:
    """Carry the handshake to its end; raises what the first end to be unhappy raises."""
    client.start()
    while not (client.established and server.established):
        server.receive(client.output())
        client.receive(server.output())
    server.receive(client.output())


def terms(
    folder: Path, shown: Issued, client: ClientProfile, *, trusted: tuple[Path, ...] = ()
) -> tuple[TlsTerms, TlsTerms]:
    """Those of a client that looks for `DOMAIN` and of a server that shows `shown`."""
    server = ServerProfile(certificate=shown.kept(folder, "server"), trusted=trusted)
    contexts = TlsContexts(server, {"office": client}, on_trouble=pytest.fail)
    return contexts.for_client(TlsPeer("office", DOMAIN)), contexts.for_server()


def connect(
    folder: Path, shown: Issued, client: ClientProfile, *, trusted: tuple[Path, ...] = ()
) -> tuple[TlsChannel, TlsChannel]:
    ours, theirs = terms(folder, shown, client, trusted=trusted)
    channels = TlsChannel(ours), TlsChannel(theirs)
    meet(*channels)
    return channels


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.kept(tmp_path)[0]


@pytest.fixture
def trusting(authority: Authority, tmp_path: Path) -> ClientProfile:
    return ClientProfile(trusted=(tmp_path / "ca.pem",))


def test_text_goes_both_ways(tmp_path: Path, authority: Authority, trusting: ClientProfile) -> None:
    client, server = connect(tmp_path, authority.issue(uris=["sip:example.com"]), trusting)
    client.send(b"OPTIONS")
    server.send(b"200" * 40000)
    assert server.receive(client.output()) == b"OPTIONS"
    assert client.receive(server.output()) == b"200" * 40000
    assert client.identities == (DOMAIN,)
    assert server.identities == ()


def test_the_end_of_a_connection_is_told(
    tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    client, server = connect(tmp_path, authority.issue(dns=[DOMAIN]), trusting)
    client.close()
    server.receive(client.output())
    assert server.ended


def test_bytes_may_come_one_at_a_time(
    tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    client, server = connect(tmp_path, authority.issue(dns=[DOMAIN]), trusting)
    client.send(b"OPTIONS")
    text = b"".join(server.receive(bytes([each])) for each in client.output())
    assert text == b"OPTIONS"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"dns": ["other.example.com"]}, "for other.example.com, and not for example.com"),
        ({"uris": ["sip:bob@example.com"]}, "for sip:bob@example.com, and not for example.com"),
        ({"uris": ["sips:example.com"]}, "for nobody, and not for example.com"),
        ({"uris": ["sips:example.com"], "common_name": DOMAIN}, "for nobody, and not for"),
        ({"uris": ["sip:example.org"], "dns": [DOMAIN]}, "for example.org, and not for"),
        ({"dns": ["*.com"]}, "for *.com, and not for example.com; wildcards do not count in SIP"),
        ({"dns": ["example.org"], "common_name": DOMAIN}, "for example.org, and not for"),
        ({"dns": [DOMAIN], "days": (-20, -10)}, "has expired"),
        ({"dns": [DOMAIN], "days": (10, 20)}, "not valid yet"),
    ],
)
def test_a_server_that_does_not_prove_the_domain_is_told_in_words(
    names: dict[str, list[str]],
    words: str,
    tmp_path: Path,
    authority: Authority,
    trusting: ClientProfile,
) -> None:
    """RFC 5922 §7.1 and §7.2."""
    with pytest.raises(TlsFailure) as failure:
        connect(tmp_path, authority.issue(**names), trusting)  # type: ignore[arg-type]
    assert words in str(failure.value)


@pytest.mark.parametrize(
    "names",
    [
        {"uris": ["sip:example.com"]},
        {"uris": ["SIP:Example.COM"], "dns": ["other.example"]},
        {"dns": ["other.example", "EXAMPLE.com"]},
        {"common_name": DOMAIN},
    ],
)
def test_a_server_that_proves_the_domain_is_taken(
    names: dict[str, list[str]], tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    """RFC 5922 §7.1; the common name counts only where there is no subjectAltName."""
    connect(tmp_path, authority.issue(**names), trusting)  # type: ignore[arg-type]


def test_a_server_of_an_unknown_authority_is_refused(
    tmp_path: Path, trusting: ClientProfile
) -> None:
    stranger = Authority("stranger")
    with pytest.raises(TlsFailure, match="unknown CA"):
        connect(tmp_path, stranger.issue(dns=[DOMAIN]), trusting)


def test_a_self_signed_server_is_refused_unless_it_is_pinned(
    tmp_path: Path, trusting: ClientProfile
) -> None:
    """A pinned certificate needs no name: whoever listed it meant that server."""
    shown = self_signed("pbx")
    with pytest.raises(TlsFailure, match="self-signed"):
        connect(tmp_path, shown, trusting)
    (tmp_path / "pin.pem").write_bytes(shown.pem)
    connect(tmp_path, shown, ClientProfile(trusted=(tmp_path / "pin.pem",)))


def test_a_server_may_be_pinned_whose_authority_is_unknown(tmp_path: Path) -> None:
    shown = Authority("stranger").issue(dns=["pbx.example.org"])
    (tmp_path / "pin.pem").write_bytes(shown.pem)
    connect(tmp_path, shown, ClientProfile(trusted=(tmp_path / "pin.pem",)))


def test_a_pin_does_not_vouch_for_what_it_has_not_signed(tmp_path: Path) -> None:
    (tmp_path / "pin.pem").write_bytes(self_signed("pbx").pem)
    with pytest.raises(TlsFailure, match="self-signed"):
        connect(tmp_path, self_signed("pbx"), ClientProfile(trusted=(tmp_path / "pin.pem",)))


def test_without_verification_anybody_is_taken_and_nobody_has_proved_anything(
    tmp_path: Path,
) -> None:
    client, _ = connect(tmp_path, self_signed("anybody"), ClientProfile(verify=False))
    assert client.identities == ()


def test_a_caller_may_prove_who_it_is(
    tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    """RFC 5922 §7.4."""
    caller = authority.issue(uris=["sip:pbx.example.com", "sip:bob@Example.com"])
    profile = ClientProfile(trusted=trusting.trusted, certificate=caller.kept(tmp_path, "caller"))
    shown = authority.issue(dns=[DOMAIN])
    _, server = connect(tmp_path, shown, profile, trusted=trusting.trusted)
    assert server.identities == ("pbx.example.com", "sip:bob@example.com")


def test_a_caller_may_stay_unknown_but_not_show_what_nobody_vouches_for(
    tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    shown = authority.issue(dns=[DOMAIN])
    _, server = connect(tmp_path, shown, trusting, trusted=trusting.trusted)
    assert server.identities == ()
    stranger = Authority("stranger").issue(uris=["sip:pbx.example.com"])
    profile = ClientProfile(
        trusted=trusting.trusted, certificate=stranger.kept(tmp_path, "stranger")
    )
    with pytest.raises(TlsFailure, match="unknown CA"):
        connect(tmp_path, shown, profile, trusted=trusting.trusted)


@pytest.mark.parametrize(
    ("version", "spoken"), [(TlsVersion.TLS_1_2, "TLSv1.2"), (TlsVersion.TLS_1_3, "TLSv1.3")]
)
def test_an_account_may_insist_on_a_version(
    version: TlsVersion, spoken: str, tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    profile = ClientProfile(trusted=trusting.trusted, version=version)
    ours, _ = terms(tmp_path, authority.issue(dns=[DOMAIN]), profile)
    versions = (ours.context.minimum_version.name, ours.context.maximum_version.name)
    assert versions == (spoken.replace(".", "_"),) * 2
    connect(tmp_path, authority.issue(dns=[DOMAIN]), profile)


@pytest.mark.parametrize(
    ("version", "ciphers", "words"),
    [
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", "a version of TLS that is not allowed here"),
        (ssl.TLSVersion.TLSv1_2, "AES256-GCM-SHA384:@SECLEVEL=0", "only weak ciphers"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AES:!AESGCM:!AESCCM:@SECLEVEL=0", "only weak ciphers"),
        (ssl.TLSVersion.TLSv1_2, "aNULL:@SECLEVEL=0", "only weak ciphers"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_and_weak_ciphers_are_refused(
    version: ssl.TLSVersion, ciphers: str, words: str, tmp_path: Path, authority: Authority
) -> None:
    """RFC 8996, RFC 9325 §4.2."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, version
    old.set_ciphers(ciphers)
    _, theirs = terms(tmp_path, authority.issue(dns=[DOMAIN]), ClientProfile(verify=False))
    with pytest.raises(TlsFailure, match=words):
        meet(TlsChannel(TlsTerms(old, server_side=False, verify=False)), TlsChannel(theirs))


def test_what_is_no_tls_is_no_tls(tmp_path: Path, authority: Authority) -> None:
    _, theirs = terms(tmp_path, authority.issue(dns=[DOMAIN]), ClientProfile())
    with pytest.raises(TlsFailure):
        TlsChannel(theirs).receive(b"OPTIONS sip:speaker@example.com SIP/2.0\r\n\r\n")


@pytest.mark.parametrize(
    ("names", "proved"),
    [
        ({"dns": [DOMAIN]}, True),
        ({"addresses": ["192.0.2.1"]}, True),
        ({"dns": ["192.0.2.1.example"], "addresses": ["192.0.2.2"]}, False),
    ],
)
def test_a_server_written_as_an_address_proves_that_or_the_domain_of_the_account(
    names: dict[str, list[str]],
    proved: bool,
    tmp_path: Path,
    authority: Authority,
    trusting: ClientProfile,
) -> None:
    shown = authority.issue(**names)  # type: ignore[arg-type]
    server = ServerProfile(certificate=shown.kept(tmp_path, "server"))
    contexts = TlsContexts(server, {"office": trusting}, on_trouble=pytest.fail)
    ours = contexts.for_client(TlsPeer("office", "192.0.2.1", DOMAIN))
    assert ours.server_name == DOMAIN
    channels = TlsChannel(ours), TlsChannel(contexts.for_server())
    if proved:
        meet(*channels)
    else:
        with pytest.raises(TlsFailure, match=r"and not for 192\.0\.2\.1 or example\.com"):
            meet(*channels)


def test_no_domain_is_proved_by_no_name(
    tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    """A check that finds nothing to check fails."""
    ours, theirs = terms(tmp_path, authority.issue(dns=[DOMAIN]), trusting)
    nameless = TlsTerms(ours.context, server_side=False, domain="")
    with pytest.raises(TlsFailure):
        meet(TlsChannel(nameless), TlsChannel(theirs))


def test_a_server_that_misses_a_certificate_of_ours_says_so(
    tmp_path: Path, authority: Authority, trusting: ClientProfile
) -> None:
    """RFC 8446 §6.2, certificate_required: it comes when the connection stands already."""
    shown = authority.issue(dns=[DOMAIN])
    ours, theirs = terms(tmp_path, shown, trusting, trusted=trusting.trusted)
    theirs.context.verify_mode = ssl.CERT_REQUIRED
    client, server = TlsChannel(ours), TlsChannel(theirs)
    with pytest.raises(TlsFailure, match="shows no certificate"):
        meet(client, server)
    assert client.established
    with pytest.raises(TlsFailure, match="asks for a certificate of ours"):
        client.receive(server.output())
