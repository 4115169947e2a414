"""Settings of the HTTP side: its doors and what they show."""

from typing import Annotated

from conf.certificate_name import CertificateName
from conf.constraints import Range
from conf.table import Table


class HttpSettings(Table):
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
