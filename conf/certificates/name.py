"""How settings name certificates, and which of them do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final

from conf.values.constraints import Entries, Text

CERTIFICATE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")

CertificateName = Annotated[
    str, Text(CERTIFICATE_NAME.pattern, "the name of a file in `certificates`")
]
OptionalCertificateName = Annotated[
    str, Text(f"({CERTIFICATE_NAME.pattern})?", "the name of a file in `certificates`")
]
TrustedCertificates = Annotated[tuple[CertificateName, ...], Entries(0, 16, distinct=True)]


def keys_that_name(certificate: str, settings: object, at: str = "") -> Iterator[str]:
    """The keys of `settings`, as plain tables, whose values are this certificate."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            place = f"{at}.{key}" if at else str(key)
            names = (value,) if key == "certificate" else value
            if key in ("certificate", "trusted_certificates") and certificate in names:
                yield place
            else:
                yield from keys_that_name(certificate, value, place)
    elif isinstance(settings, Sequence) and not isinstance(settings, str):
        for i, value in enumerate(settings):
            yield from keys_that_name(certificate, value, f"{at}[{i}]")
