"""A client of JSON APIs, for tests."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Api:
    """One JSON API, as somebody with a client of their own uses it."""

    http: httpx.AsyncClient
    path: str
    version: str = "1.0"

    async def send(self, method: str, params: object = None) -> dict[str, Any]:
        """The whole answer."""
        asked = {"apiVersion": self.version, "context": "c", "method": method}
        if params is not None:
            asked["params"] = params  # type: ignore[assignment]
        response = await self.http.post(self.path, json=asked)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        answer: dict[str, Any] = response.json()
        assert answer["context"] == "c"
        return answer

    async def data(self, method: str, params: object = None) -> dict[str, Any]:
        """What a call brings that works."""
        answer = await self.send(method, params)
        assert "data" in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def code(self, method: str, params: object = None) -> int:
        """The code of a call that fails."""
        answer = await self.send(method, params)
        assert "error" in answer, answer
        assert answer["error"]["message"]
        code: int = answer["error"]["code"]
        return code
