"""`Brand`: as what the speaker presents itself (section `[brand]`)."""

from __future__ import annotations

from typing import Final

from speaker.vapix.parameters.parameter import Parameter, TextSetting

PARAMETERS: Final = (
    Parameter("Brand.Brand", TextSetting("brand.brand"), "Brand"),
    Parameter("Brand.ProdFullName", TextSetting("brand.product_full_name"), "Full product name"),
    Parameter("Brand.ProdNbr", TextSetting("brand.product_number"), "Product number"),
    Parameter("Brand.ProdShortName", TextSetting("brand.product_short_name"), "Short product name"),
    Parameter("Brand.ProdType", TextSetting("brand.product_type"), "Product type"),
    Parameter("Brand.ProdVariant", TextSetting("brand.product_variant"), "Product variant"),
    Parameter("Brand.WebURL", TextSetting("brand.web_url"), "Web page"),
)
