"""A phone's account at a PBX."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxAccount:
    """What a phone must know to register."""

    user: str
    password: str = field(repr=False)
    server: str
    """`HOST:PORT` of the registrar."""
    transport: str = "udp"
    """`udp`, `tcp` or `tls`."""

    @property
    def address(self) -> str:
        """Its address of record."""
        return f"sip:{self.user}@{self.server}"

    @property
    def registrar(self) -> str:
        """The registrar's URI."""
        return f"sip:{self.server};transport={self.transport}"

    def uri_of(self, user: str) -> str:
        """What to dial for another user of the same PBX."""
        return f"sip:{user}@{self.server};transport={self.transport}"
