"""`basicdeviceinfo.cgi`: what device this is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from conf.validation.problem import shown
from speaker.vapix import product
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_A, ApiError, Trouble
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.device import Device
    from speaker.vapix.envelope import Asked

RESTRICTED: Final = ("Architecture", "Soc", "SocSerialNumber")
"""What only those learn who may change settings."""


class BasicDeviceInfo:
    """The properties of a device, by the names that clients know."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def api(self) -> JsonApi:
        """The API with its methods."""
        return JsonApi(
            path="/axis-cgi/basicdeviceinfo.cgi",
            family=FAMILY_A,
            versions=("1.3",),
            methods={
                "getProperties": Method(Role.OPERATOR, self._get_properties),
                "getAllProperties": Method(Role.OPERATOR, self._get_all),
                "getAllUnrestrictedProperties": Method(Role.ANYBODY, self._get_unrestricted),
            },
        )

    def properties(self) -> dict[str, str]:
        """All of them; client libraries insist on each."""
        brand = self._device.settings.brand
        return {
            "Architecture": product.architecture(),
            "Brand": brand.brand,
            "BuildDate": product.build_date(),
            "HardwareID": product.hardware_id(),
            "ProdFullName": brand.product_full_name,
            "ProdNbr": brand.product_number,
            "ProdShortName": brand.product_short_name,
            "ProdType": brand.product_type,
            "ProdVariant": brand.product_variant,
            "SerialNumber": self._device.serial,
            "Soc": product.soc(),
            "SocSerialNumber": product.soc_serial_number(),
            "Version": VERSION,
            "WebURL": brand.web_url,
        }

    async def _get_all(self, _asked: Asked) -> Mapping[str, object]:
        return {"propertyList": self.properties()}

    async def _get_unrestricted(self, _asked: Asked) -> Mapping[str, object]:
        found = self.properties().items()
        return {"propertyList": {name: value for name, value in found if name not in RESTRICTED}}

    async def _get_properties(self, asked: Asked) -> Mapping[str, object]:
        found = self.properties()
        wanted = asked.params.texts("propertyList")
        for name in wanted:
            if name not in found:
                raise ApiError(Trouble.INVALID, f"Property not supported: {shown(name)[1:-1]}")
        return {"propertyList": {name: found[name] for name in wanted}}
