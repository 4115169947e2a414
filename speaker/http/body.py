"""What a request of the HTTP interface may carry."""

from pydantic import BaseModel, ConfigDict

from sip.errors import MalformedUri
from sip.syntax.uri import SipUri, parse_uri


class Body(BaseModel):
    """A JSON object without unknown keys."""

    model_config = ConfigDict(extra="forbid")


def sip_uri(text: str) -> SipUri:
    """The URI of somebody to call; raises MalformedUri."""
    target = parse_uri(text)
    if not isinstance(target, SipUri):
        raise MalformedUri(f"{text!r} is not a sip: URI")
    return target
