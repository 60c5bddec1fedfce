"""The manual's table of DDI endpoints is what a device gets that calls each of them, in order."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ota import services
from ota.models import NUMBERS_FROM, Assignment
from tests.ota import makers, software
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
MANUAL = Path(__file__).resolve().parents[3] / "fleet/console/docs/hawkbit.md"
HEAD = "| | call | answers | otherwise |\n|---|---|---|---|\n"


@dataclass
class Walk:
    """One device that calls every endpoint, with what each answered."""

    client: Client
    base: str
    lines: list[str]

    def call(self, method: str, path: str, body: object = None) -> int:
        if method == "GET":
            return int(self.client.get(self.base + path).status_code)
        send = wire.post if method == "POST" else wire.put
        sent = b"" if body is None else body
        return int(send(self.client, self.base + path, sent).status_code)

    def note(self, shown: str, well: int, others: list[int]) -> None:
        number = len(self.lines) + 1
        told = ", ".join(dict.fromkeys(str(status) for status in others)) or "-"
        self.lines.append(f"| {number} | `{shown}` | {well} | {told} |\n")

    def endpoint(
        self, method: str, shown: str, path: str, body: object, *others: tuple[str, object]
    ) -> None:
        """Call it as it is meant; then with other paths and bodies, which it answers otherwise."""
        well = self.call(method, path, body)
        self.note(f"{method} {shown}".strip(), well, [self.call(method, *each) for each in others])


def deployed(walk: Walk, action: int, files: str, name: str) -> None:
    said = wire.said
    deploy = f"/deploymentBase/{action}"
    walk.endpoint("GET", "/deploymentBase/{action}", deploy, None, ("/deploymentBase/9", None))
    walk.endpoint(
        "GET",
        "/softwaremodules/{module}/artifacts",
        files,
        None,
        ("/softwaremodules/9/artifacts", None),
    )
    walk.endpoint(
        "GET",
        "/softwaremodules/{module}/artifacts/{file}",
        f"{files}/{name}",
        None,
        (f"{files}/other", None),
    )
    walk.endpoint(
        "GET",
        "/softwaremodules/{module}/artifacts/{file}.MD5SUM",
        f"{files}/{name}.MD5SUM",
        None,
        (f"{files}/other.MD5SUM", None),
    )
    walk.endpoint(
        "POST",
        "/deploymentBase/{action}/feedback",
        f"{deploy}/feedback",
        said("closed", "success"),
        (f"{deploy}/feedback", {}),
        ("/deploymentBase/9/feedback", said("closed", "success")),
        (f"{deploy}/feedback", said("closed", "failure")),
    )
    walk.endpoint(
        "GET",
        "/installedBase/{action}",
        f"/installedBase/{action}",
        None,
        ("/installedBase/9", None),
    )
    walk.endpoint(
        "PUT",
        "/installedBase",
        "/installedBase",
        {"name": "gateway", "version": "1.0"},
        ("/installedBase", {}),
        ("/installedBase", {"name": "gateway", "version": "9"}),
    )


def cancelled(walk: Walk, action: int, stop: int) -> None:
    said = wire.said
    cancel = f"/cancelAction/{stop}"
    walk.endpoint("GET", "/cancelAction/{action}", cancel, None, (f"/cancelAction/{action}", None))
    walk.endpoint(
        "POST",
        "/cancelAction/{action}/feedback",
        f"{cancel}/feedback",
        said("closed", "success"),
        (f"{cancel}/feedback", {}),
        (f"/cancelAction/{action}/feedback", said("closed", "success")),
    )


def table() -> str:
    asked = {"confirmation": True}
    device, row = software.offered(software.module(), delivery=asked)
    walk = Walk(caller(device), makers.base(device), [])
    module, name = NUMBERS_FROM + row.release.modules.get().module_id, "image.bin"
    action, files = row.pk, f"/softwaremodules/{module}/artifacts"
    many = {"data": {f"key{n}": "v" for n in range(101)}}
    confirm = f"/confirmationBase/{action}"
    walk.endpoint("GET", "", "", None)
    walk.endpoint(
        "PUT",
        "/configData",
        "/configData",
        {"data": {"a": "b"}},
        ("/configData", {}),
        ("/configData", many),
    )
    walk.endpoint("GET", "/confirmationBase", "/confirmationBase", None)
    walk.endpoint("GET", "/confirmationBase/{action}", confirm, None, ("/confirmationBase/9", None))
    yes = {"confirmation": "confirmed"}
    walk.endpoint(
        "POST",
        "/confirmationBase/{action}/feedback",
        f"{confirm}/feedback",
        yes,
        (f"{confirm}/feedback", {}),
        (f"{confirm}/feedback", yes),
    )
    always = "/confirmationBase/activateAutoConfirm"
    walk.endpoint("POST", always, always, None, (always, None))
    each = "/confirmationBase/deactivateAutoConfirm"
    walk.endpoint("POST", each, each, None)
    deployed(walk, action, files, name)
    cancelled(walk, action, withdrawn(device))
    return HEAD + "".join(walk.lines)


def withdrawn(device: Any) -> int:
    """Another action, which is taken back before the device has read it."""
    other = software.release(software.module(name="other"), label="2.0")
    rollout = makers.rollout(other, makers.group([device], "again"))
    services.rollout_tick(rollout.pk)
    row = Assignment.objects.get(rollout=rollout)
    services.assignment_cancel(by=SYSTEM, assignment=row, reason="not today")
    return row.pk


def test_the_table_is_what_was_answered() -> None:
    found = table()
    assert found.count("\n") == 2 + 16
    assert found in MANUAL.read_text(), found


def test_all_sixteen_answer_well() -> None:
    lines = table().splitlines()[2:]
    assert {line.split("|")[3].strip() for line in lines} <= {"200", "201"}
