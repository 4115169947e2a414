"""Recipients asked by way of a proxy that somebody else wrote."""

from pathlib import Path

from speaker.notifications.notification import Notification
from tests.certificates import AuthorityFolder
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.web_proxy import WebProxy
from tests.speaker.notifications.telling import tell
from tests.speaker.notifications.web_server import always, served_by, web_server


async def test_http_is_passed_on_and_https_is_tunnelled_for_who_has_the_password(
    tmp_path: Path,
) -> None:
    authority = AuthorityFolder.found(tmp_path / "certificates")
    context = served_by(authority.issue(LOOPBACK))
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    (trusted / "ours.pem").write_bytes(authority.path.read_bytes())
    told = Notification(method="POST", body='{"gate": 3}')
    with WebProxy(tmp_path / "proxy", login="pat:pr0xy") as proxy:
        everywhere = {
            f"{scheme}_proxy": f"http://pat@{LOOPBACK}:{proxy.port}" for scheme in ("http", "https")
        } | {"http_proxy_password": "pr0xy", "https_proxy_password": "pr0xy"}
        own = {
            "proxy_host": LOOPBACK,
            "proxy_port": proxy.port,
            "proxy_username": "pat",
            "proxy_password": "wrong",
        }
        async with web_server(always(200)) as plain, web_server(always(200), context) as secure:
            servers = (("http", plain), ("https", secure))
            for scheme, server in servers:
                recipient = {"type": scheme, "url": f"{scheme}://{LOOPBACK}:{server.port}/x"}
                why = await tell(recipient, told, certificates=trusted, global_proxies=everywhere)
                assert why == ""
                assert "407" in await tell({**recipient, **own}, told, certificates=trusted)
            # In the tunnel the proxy cannot be who it is not.
            assert "is not trusted" in await tell(recipient, told, global_proxies=everywhere)
        for _, server in servers:
            assert [(asked.target, asked.body) for asked in server.asked] == [
                ("/x", b'{"gate": 3}')
            ]
            assert "proxy-authorization" not in server.asked[0].headers
