"""What a device says it runs follows merge, replace and remove as its other attributes do."""

from typing import Any

import pytest

from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
BEFORE = {"release": "rel_1", "model": "digits", "version": "1.0", "sha256": "0" * 64}
NEXT = {"release": "rel_2", "sha256": "1" * 64}
CASES: list[tuple[str | None, dict[str, Any], dict[str, str]]] = [
    # A merge changes what it names, and nothing else.
    ("merge", {"version": "1.0"}, BEFORE),
    (None, {"version": "2.0"}, BEFORE | {"version": "2.0"}),
    ("merge", {"version": 2}, BEFORE | {"version": "2"}),
    ("merge", {"sha256": ""}, {k: v for k, v in BEFORE.items() if k != "sha256"}),
    ("merge", NEXT, BEFORE | NEXT),
    ("merge", {"hw": "B"}, BEFORE),
    ("merge", {}, BEFORE),
    # A replacement is all there is, once it says anything of what runs.
    ("replace", {"version": "2.0"}, {"version": "2.0"}),
    ("replace", {"release": "rel_2", "hw": "B"}, {"release": "rel_2"}),
    ("replace", {"hw": "B"}, BEFORE),
    ("replace", {}, BEFORE),
    # A removal sets nothing, whatever values come with it.
    ("remove", {"version": "9.9"}, {k: v for k, v in BEFORE.items() if k != "version"}),
    ("remove", {"release": ""}, {k: v for k, v in BEFORE.items() if k != "release"}),
    ("remove", {"hw": "B"}, BEFORE),
    ("remove", dict.fromkeys(BEFORE, "x"), {}),
    # An empty release says that nothing of ours runs.
    ("merge", {"release": ""}, {}),
    ("merge", {"release": "", "version": "3.0"}, {"version": "3.0"}),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "data", "after"), CASES)
def test_what_runs(mode: str | None, data: dict[str, Any], after: dict[str, str]) -> None:
    device = makers.devices(1)[0]
    device.running = dict(BEFORE)
    device.save()
    body = {"data": data} | ({} if mode is None else {"mode": mode})
    to = f"{makers.base(device)}/configData"
    assert wire.put(caller(device), to, body).status_code == 200
    device.refresh_from_db()
    assert device.running == after


@pytest.mark.parametrize(
    ("mode", "after"),
    [
        ("merge", {"a": "1", "b": "9", "c": "3", "version": "1.0"}),
        ("replace", {"b": "9", "c": "3"}),
        ("remove", {"a": "1", "version": "1.0"}),
    ],
)
def test_attributes(mode: str, after: dict[str, str]) -> None:
    device = makers.devices(1)[0]
    device.attributes = {"a": "1", "b": "2", "version": "1.0"}
    device.save()
    body = {"mode": mode, "data": {"b": 9, "c": "3"}}
    to = f"{makers.base(device)}/configData"
    assert wire.put(caller(device), to, body).status_code == 200
    device.refresh_from_db()
    assert device.attributes == after
