"""Who this device is: its own key, made here and never sent, and the keys it pins.

The pinned keys come once, at enrolment, over the operator's channel; later answers of the service
cannot change them.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent import durable
from device_agent.durable import Journal
from device_agent.errors import NotEnrolled
from device_agent.protocol import fields
from device_agent.protocol.enrol import ROOT_LIMIT
from device_agent.protocol.errors import ProtocolError
from device_agent.storage import Storage

KEY_FILE = "device.key"
KEY_BYTES = 32
RECORD = "enrolment"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolment has settled: key id → public key in hexadecimal, per role."""

    controller_id: str
    target: str
    poll_url: str
    director: Mapping[str, str]
    artifacts: Mapping[str, str]
    tuf_root: str = ""  # base64 of the TUF root; empty = enrolled by a service without TUF

    @property
    def embedded_root(self) -> bytes:
        """The root that the repository is verified from."""
        return base64.b64decode(self.tuf_root)


def device_key(storage: Storage) -> Ed25519PrivateKey:
    """The device's key; ``NotEnrolled`` if it has none."""
    raw = storage.read(KEY_FILE, limit=KEY_BYTES + 1)
    if raw is None or len(raw) != KEY_BYTES:
        raise NotEnrolled("This device has no key; run 'edgefleet-agent enrol' first.")
    return Ed25519PrivateKey.from_private_bytes(raw)


def make_device_key(storage: Storage) -> Ed25519PrivateKey:
    """The device's key, made if it has none: a repeated enrolment is the same device."""
    try:
        key = device_key(storage)
    except NotEnrolled:
        key = Ed25519PrivateKey.generate()
        durable.replace(storage, KEY_FILE, key.private_bytes_raw())
    else:
        # An earlier start may have ended before the name was synced, and the code is spent once.
        storage.sync_folder("")
    return key


def save_enrolment(storage: Storage, enrolment: Enrolment) -> None:
    """Keep it, twice."""
    journal = Journal(storage, RECORD)
    journal.load()
    record = {name: getattr(enrolment, name) for name in Enrolment.__slots__}
    journal.save(
        {**record, **{role: dict(record[role]) for role in ("director", "artifacts")}}, twice=True
    )


def load_enrolment(storage: Storage) -> Enrolment:
    """What was settled; ``NotEnrolled`` if nothing was."""
    record = Journal(storage, RECORD).load()
    if record is None:
        raise NotEnrolled("This device is not enrolled; run 'edgefleet-agent enrol' first.")
    try:
        return Enrolment(
            controller_id=fields.name(record, "controller_id"),
            target=fields.name(record, "target"),
            poll_url=fields.text(record, "poll_url", limit=2048),
            director=fields.text_map(record.get("director"), "'director'", limit=16),
            artifacts=fields.text_map(record.get("artifacts"), "'artifacts'", limit=16),
            tuf_root=_root(record),
        )
    except ProtocolError as error:
        raise NotEnrolled(f"The enrolment record makes no sense: {error}") from error


def _root(record: fields.Json) -> str:
    root = (
        fields.base64_bytes(record, "tuf_root", limit=ROOT_LIMIT) if "tuf_root" in record else b""
    )
    return fields.base64_text(root)
