"""Certificates over HTTP."""

import base64
from pathlib import Path

from tests.certificates import AuthorityFolder
from tests.speaker.http.serving import serving

DOOR = {"common_name": "Front door", "names": ["door.example", "192.0.2.7"]}
AT = "/api/v1/certificates"


async def test_from_the_request_to_the_renewal(tmp_path: Path) -> None:
    issued = AuthorityFolder.found(tmp_path / "authority").issue("door.example")
    async with serving(tmp_path / "data") as served, served.local() as http:
        made = await http.post(f"{AT}/door/request", json=DOOR)
        assert made.status_code == 201, made.text
        assert made.json()["request"].startswith("-----BEGIN CERTIFICATE REQUEST-----")
        assert (await http.get(f"{AT}/door/request")).json() == made.json()

        added = await http.post(f"{AT}/ours", json={"content": issued.read_text()})
        assert (added.status_code, added.json()["has_key"]) == (201, True), added.text
        again = await http.post(f"{AT}/ours", json={"content": issued.read_text()})
        assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
        coded = base64.b64encode(issued.read_bytes()).decode()
        renewed = await http.put(f"{AT}/ours", json={"content": coded})
        assert renewed.status_code == 200, renewed.text

        listed = (await http.get(AT)).json()["certificates"]
        names = {each["name"]: each["used_by"] for each in listed}
        assert names.keys() == {"door", "ours", "speaker"}
        shown = await http.get(f"{AT}/ours/pem")
        assert shown.headers["content-type"].startswith("application/x-pem-file")
        assert b"PRIVATE" not in shown.content


async def test_what_is_in_use_is_not_deleted_and_says_by_what(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        refused = await http.delete(f"{AT}/speaker")
        assert refused.status_code == 409
        assert "http.certificate" in refused.json()["detail"]
        made = await http.post(f"{AT}/spare/self-signed", json=DOOR)
        assert made.json()["certificates"][0]["names"] == DOOR["names"]
        assert (await http.delete(f"{AT}/spare")).status_code == 204
        assert (await http.get(f"{AT}/spare")).status_code == 404


async def test_wrong_files_and_names_are_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        for name, body, words in (
            ("x", {"content": "!"}, "neither PEM nor base64"),
            ("x", {"content": base64.b64encode(b"zip").decode()}, "neither PEM"),
            ("-x", {"content": "AAAA"}, "is no name"),
        ):
            answer = await http.post(f"{AT}/{name}", json=body)
            assert (answer.status_code, words in answer.text) == (422, True), answer.text
        odd = await http.post(f"{AT}/x/self-signed", json=DOOR | {"names": ["not a host"]})
        assert (odd.status_code, "a domain name or an IP address" in odd.text) == (422, True)


async def test_who_changed_what_is_in_the_audit_log_and_no_password_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        await http.post(f"{AT}/spare/self-signed", json=DOOR)
        await http.post(f"{AT}/x", json={"content": "AAAA", "password": "open sesame"})
        entries = served.device.store.audit.entries(None)
    assert any((each.who, each.what) == ("local", "made the certificate spare") for each in entries)
    assert "sesame" not in str(entries)


async def test_a_name_that_no_file_can_have_is_not_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.get("/api/v1/certificates/a%00b/request")
    assert answer.status_code == 404
