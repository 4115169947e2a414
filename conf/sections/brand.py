"""As what the speaker presents itself to VAPIX clients: the `[brand]` of the settings.

This is software on a machine of somebody's, not the device of a vendor, and says so. What clients
decide by is told as network speakers tell it: the product type.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from conf.sections.table import Table
from conf.values.constraints import Satisfies, Text


def _is_web_url(url: str) -> bool:
    if not url:
        return True
    try:
        has_host = urlsplit(url).hostname is not None
    except ValueError:  # such as a bracket that is not closed
        return False
    return has_host and re.fullmatch(r"https?://[\x21-\x7e]{1,200}", url) is not None


BrandText = Annotated[
    # Parameters are lines of text, in which whatever follows the first `=` is the value.
    str,
    Text(r"[\x20-\x7e]{1,64}", "1 to 64 printable ASCII characters"),
]
OptionalBrandText = Annotated[
    str, Text(r"[\x20-\x7e]{0,64}", "at most 64 printable ASCII characters")
]
ProductNumber = Annotated[
    # Client libraries make a number of what consists of digits only.
    str,
    Text(r"(?=.*[^0-9])[\x20-\x7e]{1,64}", "1 to 64 printable ASCII characters, not all digits"),
]
WebUrl = Annotated[str, Satisfies(_is_web_url, "an http: or https: URL, or empty")]


class BrandSettings(Table):
    """Product names that VAPIX clients see, as parameters `Brand.*` and basic device information.

    A management system that looks for the products of one vendor by name finds what is set here.
    """

    brand: BrandText = "Intercom Speaker"
    """Who makes it."""
    product_full_name: BrandText = "SIP Intercom Network Speaker"
    """The whole name."""
    product_number: ProductNumber = "Intercom Speaker"
    """What the model is known by: management systems show it. Not of digits only."""
    product_short_name: BrandText = "Intercom Speaker"
    """The name where there is less room."""
    product_type: BrandText = "Network Speaker"
    """What kind of device it is; some clients handle devices by it."""
    product_variant: OptionalBrandText = ""
    """Variant of the model."""
    web_url: WebUrl = ""
    """Web page about the product."""
