"""A child joins the fleet through its gateway: with a key of its own, which the gateway keeps.

The gateway makes the key, and vouches with its own key for what it found on the line: this hardware
id, under this name. From then on the child's sessions are opened with the child's key, so that the
service sees a device like any other, and a gateway that was replaced cannot speak for it.
"""

import contextlib
from dataclasses import dataclass
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.clock import Clock
from device_agent.errors import NotEnrolled
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import Enrolment, device_key, load_enrolment
from device_agent.net.client import DeviceClient
from device_agent.net.session import DeviceSession
from device_agent.net.transport import Wire
from device_agent.protocol import enrol
from device_agent.storage.port import Storage


@dataclass(frozen=True, slots=True)
class GatewayIdentity:
    """A gateway that vouches: its's enrolment and its key."""

    enrolment: Enrolment
    key: Ed25519PrivateKey

    def vouch(self, child: str, hardware_id: bytes, public_key: bytes) -> enrol.Voucher:
        """Return the gateway's word for a child's key."""
        name = self.enrolment.controller_id
        message = enrol.voucher_message(name, child, hardware_id, public_key)
        return enrol.Voucher(name, hardware_id, self.key.sign(message))


def join(
    storage: Storage,
    wire: Wire,
    clock: Clock,
    gateway: GatewayIdentity,
    *,
    name: str,
    target: str,
    hardware_id: bytes,
) -> Enrolment:
    """Return the child's enrolment, made if there is none. Raises ``Rejected``."""
    with contextlib.suppress(NotEnrolled):
        return load_enrolment(storage)
    enrolment, _ = enrol_device(
        storage=storage,
        wire=wire,
        clock=clock,
        server_url=gateway.enrolment.poll_url,
        code="",
        controller_id=name,
        target=target,
        attributes={},
        root=gateway.enrolment.embedded_root,
        vouch=partial(gateway.vouch, name, hardware_id),
    )
    return enrolment


def client_of(storage: Storage, wire: Wire, clock: Clock, enrolment: Enrolment) -> DeviceClient:
    """Return the service as this child sees it."""
    session = DeviceSession(
        wire,
        clock,
        server_url=enrolment.poll_url,
        controller_id=enrolment.controller_id,
        key=device_key(storage),
    )
    return DeviceClient(wire, session, clock, poll_url=enrolment.poll_url)
