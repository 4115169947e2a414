"""What a request of the HTTP interface may carry."""

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A JSON object without unknown keys."""

    model_config = ConfigDict(extra="forbid")


def needs_json(request: Request) -> None:
    """Refuse what does not say that it is JSON: forms of other sites' pages cannot say so."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "the content type must be application/json")
