"""What a request of the HTTP interface may carry."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A JSON object without unknown keys."""

    model_config = ConfigDict(extra="forbid")
