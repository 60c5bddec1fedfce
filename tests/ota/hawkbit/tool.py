"""A tool of hawkBit, written from the facts of its Management API alone: it knows nothing of this
service but an address and a token.
"""

import io
import json
from base64 import b64encode
from typing import Any

from django.test import Client

from fleet.access.models import ApiToken
from fleet.access.rules.roles import SCOPES
from tests import personas


class Tool:
    """Calls the API as a script of an operator does."""

    def __init__(self, secret: str, name: str = "owner") -> None:
        word = b64encode(f"{name}:{secret}".encode()).decode()
        self.http = Client(headers={"authorization": f"Basic {word}"})

    def call(self, method: str, path: str, body: Any = None, expected: int = 200) -> Any:
        data = "" if body is None else json.dumps(body)
        answer: Any = self.http.generic(method, f"/rest/v1/{path}", data, "application/json")
        assert answer.status_code == expected, answer.content
        is_json = answer.get("Content-Type", "").startswith("application/json")
        return json.loads(answer.content) if answer.content and is_json else None

    def target(self, name: str = "gw-1", **said: Any) -> Any:
        told = [{"controllerId": name, "name": name, **said}]
        return self.call("POST", "targets", told, 201)[0]

    def module(self, *files: str, **said: Any) -> int:
        body = {"name": "system", "version": "1.0", "type": "os"} | said
        number = int(self.call("POST", "softwaremodules", [body], 201)[0]["id"])
        for name in files:
            self.upload(number, name)
        return number

    def upload(self, module: int, name: str, data: bytes = b"bundle " * 20) -> Any:
        file = io.BytesIO(data)
        file.name = name
        answer = self.http.post(f"/rest/v1/softwaremodules/{module}/artifacts", {"file": file})
        assert answer.status_code == 201, answer.content
        return answer.json()

    def set(self, *modules: int, **said: Any) -> int:
        listed = [{"id": number} for number in modules]
        body = {"name": "gateway", "version": "1.0", "type": "os", "modules": listed} | said
        return int(self.call("POST", "distributionsets", [body], 201)[0]["id"])

    def assign(self, number: int, name: str = "gw-1", **said: Any) -> int:
        to = f"distributionsets/{number}/assignedTargets"
        told = self.call("POST", to, [{"id": name, **said}])
        return int(told["assignedActions"][-1]["id"])

    def action(self, number: int, name: str = "gw-1") -> Any:
        return self.call("GET", f"targets/{name}/actions/{number}")

    def history(self, number: int, name: str = "gw-1") -> list[Any]:
        path = f"targets/{name}/actions/{number}/status?offset=0&limit=50&sort=id:DESC"
        return list(self.call("GET", path)["content"])


def tool(role: str = "owner", scopes: list[str] | None = None) -> Tool:
    """A tool with a token of a persona."""
    _, secret = token(role, scopes)
    return Tool(secret, role)


def token(role: str, scopes: list[str] | None = None) -> tuple[ApiToken, str]:
    return personas.token(role, scopes if scopes is not None else sorted(SCOPES))


def device(secret: str) -> Client:
    """A client of a target, which has its token."""
    return Client(headers={"authorization": f"TargetToken {secret}"})
