"""Devices of the tests: real keys, real proofs, the wire's own documents."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from rest_framework.test import APIClient

from device_agent.protocol.enrol import (
    EnrolRequest,
    RotateRequest,
    dump_challenge_request,
    dump_enrol_request,
    dump_rotate_request,
    dump_session_request,
    enrol_message,
    rotate_message,
    session_message,
)
from fleet.devices.choices import DeviceState
from fleet.devices.enrolment import codes
from fleet.devices.keys import signature as keys
from fleet.devices.models import Device
from tests.personas import SYSTEM


@dataclass
class Machine:
    """One device's side: its key, and the calls it makes."""

    controller_id: str = "cam-01"
    target: str = "linux-x86_64"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    token: str = ""
    instance: str = ""  # the name of this run of its agent; empty for an older agent
    boot: int = 1
    address: str = "10.0.0.1"

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
        return self._post("enrol", body)

    def challenge(self) -> str:
        body: dict[str, object] = {"controller_id": self.controller_id}
        if self.instance:
            body = dump_challenge_request(self.controller_id, self.instance, self.boot)
        answer = self._post("challenge", body)
        assert answer.status_code == 200, answer.data
        return str(answer.data["challenge"])

    def session(self, challenge: str | None = None, signature: bytes | None = None) -> Any:
        challenge = challenge or self.challenge()
        signature = signature or self.key.sign(session_message(challenge))
        body = dump_session_request(self.controller_id, challenge, signature)
        return self._post("session", body)

    def rotate(self, to: "Machine", **changes: Any) -> Any:
        """Ask for another key, which `to` holds."""
        challenge = self.challenge()
        message = rotate_message(challenge, self.controller_id, to.public_key)
        fields: dict[str, Any] = {
            "controller_id": self.controller_id,
            "challenge": challenge,
            "public_key": to.public_key,
            "old_proof": self.key.sign(message),
            "new_proof": to.key.sign(message),
        }
        return self._post("key", dump_rotate_request(RotateRequest(**fields | changes)))

    def visit(self) -> int:
        """Poll as the agent does: a token that is refused is renewed once."""
        for _ in range(2):
            rest = APIClient(REMOTE_ADDR=self.address)
            self.token = self.token or str(self.session().data["token"])
            rest.credentials(HTTP_AUTHORIZATION=f"DeviceToken {self.token}")
            answer = rest.get(f"/{settings.EDGEFLEET_TENANT}/controller/v1/{self.controller_id}")
            if answer.status_code != 401:
                break
            self.token = ""
        return int(answer.status_code)

    def _post(self, path: str, body: object) -> Any:
        return APIClient(REMOTE_ADDR=self.address).post(f"/device/v1/{path}", body, format="json")

    def client(self) -> APIClient:
        """A REST client that is signed in as this device."""
        rest = APIClient()
        self.token = self.token or str(self.session().data["token"])
        rest.credentials(HTTP_AUTHORIZATION=f"DeviceToken {self.token}")
        return rest


def told(answer: Any) -> dict[str, Any]:
    """An answer's body without the id of its request, by which no two are equal."""
    return {name: value for name, value in answer.data.items() if name != "request_id"}


def code(**changes: Any) -> str:
    """The secret of a new enrolment code."""
    fields: dict[str, Any] = {"name": "line 1", "uses": 100, "auto_accept": True, "by": SYSTEM}
    return codes.code_create(**fields | changes)[1]


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
