"""From sealed boxes of devices to a dataset: within budgets, checked, and gone afterwards."""

import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from device_agent.protocol.field import capture as wire
from device_agent.protocol.field.capture import CapturedBatch, CapturedSample
from device_agent.protocol.field.sealed import seal
from device_agent.protocol.manifest import Tensor
from fleet.access.models import AuditEntry
from fleet.devices.choices import DeviceState
from fleet.devices.models import Device, DeviceEvent, Group, GroupMember
from fleet.lib import clock
from fleet.telemetry import tasks
from fleet.telemetry.models import CaptureBatch, CapturePart, CaptureRequest
from fleet.telemetry.signals import capture_completed
from registry import blobs
from registry.models import Dataset, ModelVersion
from tests.fleet.telemetry.world import registered
from tests.ota import makers
from tests.personas import client
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
TENSOR = Tensor("x", "int8", (1, 2, 2, 1), 0.5, -3, 4)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Any, settings: Any) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.STORAGES = settings.STORAGES | {
        "blobs": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "blobs"},
        }
    }


@pytest.fixture
def version() -> ModelVersion:
    made = registered().version
    io_schema = {"inputs": [{"shape": [1, 2, 2, 1]}]}
    ModelVersion.objects.filter(pk=made.pk).update(io_schema=io_schema)
    return made


@pytest.fixture
def devices(version: ModelVersion) -> list[Device]:
    del version
    made = makers.devices(2)
    group = Group.objects.create(name="lab", kind="static")
    GroupMember.objects.bulk_create(GroupMember(group=group, device=each) for each in made)
    return made


@pytest.fixture
def request_(version: ModelVersion, devices: list[Device]) -> CaptureRequest:
    del devices
    body = {"version": version.public_id, "group": "lab", "reason": "night", "bytes_max": 4096}
    asked = client("operator").post("/api/v1/captures/", body, format="json")
    approved = client("owner").post(f"/api/v1/captures/{asked.data['id']}/approve/")
    assert approved.status_code == 200, approved.data
    return CaptureRequest.objects.get()


def hand_in(
    device: Device,
    request: CaptureRequest,
    seq: int = 0,
    *,
    tensor: Tensor = TENSOR,
    key: str = "",
    last: bool = True,
    box: bytes | None = None,
    place: int | None = None,
) -> int:
    assert request.key is not None
    where = seq if place is None else place
    context = wire.context_of(request.public_id, device.controller_id, where)
    kept = [CapturedSample(bytes([0xFD, n, 1, 2])[: tensor.bytes], 0, 200) for n in range(3)]
    public = bytes.fromhex(key or request.key.public)
    made = seal(wire.pack(tensor, kept), key=public, context=context) if box is None else box
    body = wire.dump_batch(CapturedBatch(request.public_id, seq, last), made)
    path = f"{makers.base(device)}/capture"
    answer = caller(device).post(path, body, content_type="application/octet-stream")
    return int(answer.status_code)


def test_samples_become_a_dataset_in_real_numbers(
    request_: CaptureRequest, devices: list[Device]
) -> None:
    heard: list[dict[str, Any]] = []

    def hear(sender: object, **told: Any) -> None:
        del sender
        heard.append(told)

    capture_completed.connect(hear)
    assert [hand_in(device, request_) for device in devices] == [200, 200]
    tasks.captures_settle()
    capture_completed.disconnect(hear)
    request_.refresh_from_db()
    dataset = Dataset.objects.get()
    assert (request_.state, request_.dataset, request_.outcome) == (
        "completed",
        dataset,
        "6 samples.",
    )
    with np.load(io.BytesIO(blobs.read(dataset.blob_id))) as arrays:
        assert arrays["x"].shape == (6, 2, 2, 1)
        assert arrays["x"][1].ravel().tolist() == [0.0, 2.0, 2.0, 2.5]
    assert not CaptureBatch.objects.exists(), "sealed boxes go with their purpose"
    assert (heard[0]["capture"], heard[0]["dataset"]) == (request_.public_id, dataset.public_id)
    assert DeviceEvent.objects.filter(text__contains=dataset.public_id).count() == 2
    assert AuditEntry.objects.filter(action="telemetry.capture_completed").count() == 1


def test_the_poll_tells_it_as_long_as_something_is_missing(
    request_: CaptureRequest, devices: list[Device]
) -> None:
    http = caller(devices[0])
    base = makers.base(devices[0])
    link = http.get(base).json()["_links"]["capture"]["href"]
    order = wire.parse_order(http.get(link).json())
    assert (order.id, order.samples, order.bytes_max) == (request_.public_id, 100, 4096)
    hand_in(devices[0], request_)
    assert "capture" not in http.get(base).json()["_links"]
    assert http.get(link).status_code == 404


def test_nothing_is_settled_while_devices_collect(
    request_: CaptureRequest, devices: list[Device]
) -> None:
    hand_in(devices[0], request_)
    tasks.captures_settle()
    request_.refresh_from_db()
    assert request_.state == "collecting"
    with clock.fixed(clock.now() + timedelta(hours=49)):
        tasks.captures_settle()
    request_.refresh_from_db()
    assert (request_.state, request_.outcome) == ("completed", "3 samples.")
    late = CapturePart.objects.get(device=devices[1])
    assert (late.open, late.reason) == (False, "It handed in nothing in time.")


def test_a_batch_counts_once_and_another_content_is_refused(
    request_: CaptureRequest, devices: list[Device]
) -> None:
    box = bytes(100)
    statuses = [
        hand_in(devices[0], request_, box=box, last=False),
        hand_in(devices[0], request_, box=box, last=False),
        hand_in(devices[0], request_, box=bytes(101), last=False),
    ]
    assert statuses == [200, 200, 409]
    part = CapturePart.objects.get(device=devices[0])
    assert (part.bytes, part.batches) == (100, 1)


def test_a_device_has_its_budget(request_: CaptureRequest, devices: list[Device]) -> None:
    assert hand_in(devices[0], request_, box=bytes(4000), last=False) == 200
    assert hand_in(devices[0], request_, 1, box=bytes(97), last=False) == 413
    assert hand_in(devices[0], request_, 1, box=bytes(300 * 1024)) == 413
    assert CapturePart.objects.get(device=devices[0]).bytes == 4000


def test_others_hand_in_nothing(request_: CaptureRequest) -> None:
    stranger = makers.devices(1, prefix="eve")[0]
    assert hand_in(stranger, request_) == 404


def test_a_device_that_is_decommissioned_meanwhile_is_left_out(
    request_: CaptureRequest, devices: list[Device]
) -> None:
    for device in devices:
        hand_in(device, request_)
    gone = Device.objects.filter(pk=devices[0].pk)
    gone.update(state=DeviceState.DECOMMISSIONED)
    assert hand_in(devices[0], request_, 1) in {401, 403, 410}
    tasks.captures_settle()
    request_.refresh_from_db()
    assert request_.outcome.startswith("3 samples.")
    assert "no longer accepted" in request_.outcome


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": X25519PrivateKey.generate().public_key().public_bytes_raw().hex()}, "not open"),
        ({"place": 5}, "does not open with this key and place"),
        ({"box": bytes(200)}, "does not open"),
        (
            {"tensor": Tensor("x", "int8", (1, 4, 1, 1), 0.5, -3, 4)},
            "another shape than the version's input",
        ),
    ],
)
def test_what_does_not_open_or_fit_is_left_out_and_told(
    request_: CaptureRequest, devices: list[Device], changes: dict[str, Any], said: str
) -> None:
    for device in devices:
        hand_in(device, request_, **changes)
    tasks.captures_settle()
    request_.refresh_from_db()
    assert request_.state == "failed"
    assert said in request_.outcome
    assert not Dataset.objects.exists()
    with clock.fixed(clock.now() + timedelta(days=8)):
        tasks.captures_settle()
    assert not CaptureBatch.objects.exists(), "sealed boxes are not kept for ever"


def test_a_stopped_capture_takes_nothing_more(
    request_: CaptureRequest, devices: list[Device]
) -> None:
    client("operator").post(f"/api/v1/captures/{request_.public_id}/stop/")
    assert hand_in(devices[0], request_) == 404
    tasks.captures_settle()
    request_.refresh_from_db()
    assert (request_.state, request_.dataset) == ("stopped", None)


def test_without_its_key_nothing_is_opened_and_that_is_told(
    request_: CaptureRequest, devices: list[Device], settings: Any, tmp_path: Any
) -> None:
    for device in devices:
        hand_in(device, request_)
    settings.EDGEFLEET_KEY_DIR = tmp_path / "elsewhere"
    tasks.captures_settle()
    request_.refresh_from_db()
    assert request_.state == "failed"
    assert "cannot be read" in request_.outcome


@pytest.mark.parametrize("body", [b"", b"x", b"{}\n", b"[]\nabc"])
def test_noise_is_refused(request_: CaptureRequest, devices: list[Device], body: bytes) -> None:
    del request_
    path = f"{makers.base(devices[0])}/capture"
    answer = caller(devices[0]).post(path, body, content_type="application/octet-stream")
    assert answer.status_code == 400
