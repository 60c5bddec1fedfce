"""Small words for protocol tests: paths, calls and bodies."""

import json
from typing import Any

from django.test import Client

from ota.models import Assignment
from tests.ota import makers


def path(assignment: Assignment, tail: str = "") -> str:
    """The address of an assignment's deployment."""
    return f"{makers.base(assignment.device)}/deploymentBase/{assignment.pk}{tail}"


def cancel_path(assignment: Assignment, tail: str = "") -> str:
    """The address of an assignment's cancellation."""
    return f"{makers.base(assignment.device)}/cancelAction/{assignment.pk}{tail}"


def said(execution: str, finished: str = "none", *details: str, **more: Any) -> dict[str, Any]:
    """A feedback's body."""
    status = {"execution": execution, "result": {"finished": finished}, "details": list(details)}
    return {"status": {**status, **more}}


def post(client: Client, to: str, body: object) -> Any:
    """Send JSON as the clients do."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(to, data, content_type="application/json;charset=UTF-8")


def put(client: Client, to: str, body: object) -> Any:
    """Send JSON as the clients do."""
    return client.put(to, json.dumps(body), content_type="application/json")


def links(client: Client, assignment: Assignment) -> dict[str, str]:
    """What the poll offers: relation → address."""
    found = client.get(makers.base(assignment.device)).json()["_links"]
    return {rel: link["href"] for rel, link in found.items()}
