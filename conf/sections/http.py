"""Settings of the HTTP side: its doors and what they show."""

from typing import Annotated

from conf.certificates.name import CertificateName
from conf.sections.login import LoginSettings
from conf.values.constraints import Range


class HttpSettings(LoginSettings):
    """The web page, the APIs, and who may use them."""

    enabled: bool = True
    """Whether HTTP is on; HTTP or HTTPS must be."""
    port: Annotated[int, Range(0, 65535)] = 8080
    """TCP port of HTTP; 0: any free one."""
    https_enabled: bool = True
    """Whether HTTPS is on."""
    https_port: Annotated[int, Range(0, 65535)] = 8443
    """TCP port of HTTPS; 0: any free one."""
    certificate: CertificateName = "speaker"
    """Certificate of HTTPS: `certificates/NAME.pem` and `NAME.key` in the data folder. `speaker` is
    made at the first start, signed by itself."""
    strict_transport_security_s: Annotated[int, Range(0, 63072000)] = 0
    """How long browsers that were here by HTTPS shall use nothing else (RFC 6797); 0: it is left to
    people. Only for certificates that browsers trust: they let nobody pass a warning any more."""
