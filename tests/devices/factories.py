"""Devices of the tests: real keys, real proofs, the wire's own documents."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rest_framework.test import APIClient

from device_agent.protocol.enrol import (
    EnrolRequest,
    dump_enrol_request,
    dump_session_request,
    enrol_message,
    session_message,
)
from fleet.devices import enrolment, keys
from fleet.devices.choices import DeviceState
from fleet.devices.models import Device
from tests.personas import SYSTEM


@dataclass
class Machine:
    """One device's side: its key, and the calls it makes."""

    controller_id: str = "cam-01"
    target: str = "linux-x86_64"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    token: str = ""

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def request(self, code: str, **changes: Any) -> EnrolRequest:
        message = enrol_message(code, self.controller_id, self.public_key)
        fields: dict[str, Any] = {
            "code": code,
            "controller_id": self.controller_id,
            "target": self.target,
            "public_key": self.public_key,
            "proof": self.key.sign(message),
            "attributes": {"agent": "tests"},
        }
        return EnrolRequest(**fields | changes)

    def enrol(self, code: str, **changes: Any) -> Any:
        body = dump_enrol_request(self.request(code, **changes))
        return APIClient().post("/device/v1/enrol", body, format="json")

    def challenge(self) -> str:
        body = {"controller_id": self.controller_id}
        answer = APIClient().post("/device/v1/challenge", body, format="json")
        assert answer.status_code == 200, answer.data
        return str(answer.data["challenge"])

    def session(self, challenge: str | None = None, signature: bytes | None = None) -> Any:
        challenge = challenge or self.challenge()
        signature = signature or self.key.sign(session_message(challenge))
        body = dump_session_request(self.controller_id, challenge, signature)
        return APIClient().post("/device/v1/session", body, format="json")

    def client(self) -> APIClient:
        """A REST client that is signed in as this device."""
        rest = APIClient()
        self.token = self.token or str(self.session().data["token"])
        rest.credentials(HTTP_AUTHORIZATION=f"DeviceToken {self.token}")
        return rest


def code(**changes: Any) -> str:
    """The secret of a new enrolment code."""
    fields: dict[str, Any] = {"name": "line 1", "uses": 100, "auto_accept": True, "by": SYSTEM}
    return enrolment.code_create(**fields | changes)[1]


def device(controller_id: str = "cam-01", machine: Machine | None = None, **changes: Any) -> Device:
    """A device that is accepted already."""
    machine = machine or Machine(controller_id)
    fields: dict[str, Any] = {
        "controller_id": controller_id,
        "name": controller_id,
        "target": machine.target,
        "state": DeviceState.ACCEPTED,
        "public_key": machine.public_key.hex(),
        "key_fingerprint": keys.fingerprint(machine.public_key),
    }
    return Device.objects.create(**fields | changes)
