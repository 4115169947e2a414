"""How settings name certificates."""

from typing import Annotated

from conf.constraints import Entries, Text

CertificateName = Annotated[
    str, Text(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", "the name of a file in `certificates`")
]
OptionalCertificateName = Annotated[
    str, Text(r"([A-Za-z0-9_][A-Za-z0-9._-]{0,63})?", "the name of a file in `certificates`")
]
TrustedCertificates = Annotated[tuple[CertificateName, ...], Entries(0, 16, distinct=True)]
