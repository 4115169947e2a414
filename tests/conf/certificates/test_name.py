"""Which settings name a certificate."""

from conf.certificates.name import keys_that_name
from conf.settings import Settings
from conf.validation.validate import validate


def test_every_kind_of_setting_that_names_certificates_is_found() -> None:
    settings = validate(
        {
            "http": {"certificate": "door"},
            "sip": {
                "trusted_certificates": ["ca", "door"],
                "accounts": [
                    {"id": "a", "default": True, "certificate": "door"},
                    {"id": "b", "trusted_certificates": ["door"]},
                ],
            },
        }
    ).model_dump(mode="json")
    assert sorted(keys_that_name("door", settings)) == [
        "http.certificate",
        "sip.accounts[0].certificate",
        "sip.accounts[1].trusted_certificates",
        "sip.trusted_certificates",
    ]
    assert list(keys_that_name("ca", settings)) == ["sip.trusted_certificates"]
    assert list(keys_that_name("nobody", settings)) == []


def test_the_first_settings_name_the_certificate_of_the_first_start() -> None:
    plain = Settings().model_dump(mode="json")
    assert set(keys_that_name("speaker", plain)) == {"http.certificate", "sip.certificate"}
