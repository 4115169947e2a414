"""CGIs that change something by GET, and browsers that do not say which page sends it.

By plain HTTP a page of anybody can have a browser keep silent about it (`Referrer-Policy`), and it
sends the login that it remembers. Programs say nothing either, and are let to.
"""

from pathlib import Path

from tests.speaker.http.serving import HOST, serving

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}
CALL = "/vapix/call?format=simple&action=axcall:"

CHANGING = (
    "/axis-cgi/pwdgrp.cgi?action=add&user=eve&pwd=x&grp=users&sgrp=viewer",
    "/axis-cgi/param.cgi?action=update&root.Time.POSIXTimeZone=UTC0",
    "/axis-cgi/mediaclip.cgi?action=remove&clip=999",
    "/axis-cgi/mediaclip.cgi?action=update&clip=999&name=x",
    f"{CALL}Call&To=sip:eve@192.0.2.66",
    f"{CALL}AnswerCall&CallId=1",
    f"{CALL}TerminateCall&CallId=1",
    f"{CALL}RemoveSIPAccount&SIPAccountId=none",
    "/vapix/call/TerminateCall?format=simple&CallId=1",
    "/axis-cgi/restart.cgi",
    "/axis-cgi/factorydefault.cgi",
    "/axis-cgi/hardfactorydefault.cgi",
)
"""The last ones end the device, once they are let."""

HARMLESS = (
    "/axis-cgi/param.cgi?action=list&group=Brand",
    "/axis-cgi/playclip.cgi?location=beep.wav",
    "/axis-cgi/stopclip.cgi",
    "/axis-cgi/mediaclip.cgi?action=stop",
    f"{CALL}GetCallStatuses",
)
"""Links to clips are made for people to follow."""


async def test_a_silent_browser_changes_nothing_by_get(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        before = served.device.store.settings, served.device.accounts.all()
        for address in CHANGING:
            refused = await http.get(address, headers=BROWSER)
            assert refused.status_code == 403, address
            assert "does not say which page" in refused.text
        assert (served.device.store.settings, served.device.accounts.all()) == before
        assert served.device.lifecycle.ending is None
        for address in HARMLESS:
            assert (await http.get(address, headers=BROWSER)).status_code == 200, address


async def test_programs_and_our_own_pages_do_not_notice(tmp_path: Path) -> None:
    ours = BROWSER | {"Referer": f"http://{HOST}/"}
    typed_by_https = BROWSER | {"Sec-Fetch-Site": "none"}
    async with serving(tmp_path) as served, served.local() as http:
        for address in CHANGING:
            for headers in ({"User-Agent": "curl/8.5.0"}, {}, ours, typed_by_https):
                answer = await http.get(address, headers=headers)
                assert answer.status_code != 403, (address, headers)
