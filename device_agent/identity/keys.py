"""The identity of this device: its own key, made here and never sent, and the keys it trusts.

The first keys come at enrolment, over the operator's channel. After that only the update
repository changes them, whose root is embedded: a key set that the targets role has signed, with a
higher number than the one that is followed. No answer of the service can.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.errors import NotEnrolled, Unverified
from device_agent.protocol import fields
from device_agent.protocol.enrol import ROOT_LIMIT
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.keyset import KEYS_LIMIT, KeySet
from device_agent.storage import durable
from device_agent.storage.durable import Journal
from device_agent.storage.port import Storage

KEY_FILE = "device.key"
KEY_BYTES = 32
RECORD = "enrolment"
ROLES = ("director", "artifacts", "former_director", "former_artifacts")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolment has settled, and which keys hold now: key id → public key, per role.

    Former keys tell nothing new; they only prove what they have put into a slot.
    """

    controller_id: str
    target: str
    poll_url: str
    director: Mapping[str, str]
    artifacts: Mapping[str, str]
    tuf_root: str = ""  # base64 of the TUF root; empty = enrolled by a service without TUF
    keys_version: int = 0  # number of the set that is followed; 0 = the keys of the enrolment
    former_director: Mapping[str, str] = field(default_factory=dict)
    former_artifacts: Mapping[str, str] = field(default_factory=dict)

    @property
    def embedded_root(self) -> bytes:
        """The root that the repository is verified from."""
        return base64.b64decode(self.tuf_root)


class TrustedKeys:
    """The keys that hold now. ``follow`` moves on, durably before it returns, and never back."""

    def __init__(self, storage: Storage, enrolment: Enrolment) -> None:
        self._storage = storage
        self.enrolment = enrolment

    def follow(self, keys: KeySet) -> bool:
        """Trust this set, which the repository has verified; whether it is a newer one."""
        held = self.enrolment
        if keys.version < held.keys_version:
            raise Unverified(
                f"The repository names set {keys.version} of its keys, "
                f"this device follows {held.keys_version}."
            )
        if keys.version == held.keys_version:
            return False
        followed = replace(
            held,
            keys_version=keys.version,
            director=dict(keys.director),
            artifacts=dict(keys.artifacts),
            former_director=_former(held.former_director, held.director, keys.director),
            former_artifacts=_former(held.former_artifacts, held.artifacts, keys.artifacts),
        )
        save_enrolment(self._storage, followed)
        self.enrolment = followed
        return True


def _former(
    former: Mapping[str, str], before: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, str]:
    """Return what held once and does not now; what held last is kept when they are too many."""
    gone = {**former, **before}
    return dict([item for item in gone.items() if item[0] not in now][-KEYS_LIMIT:])


def device_key(storage: Storage) -> Ed25519PrivateKey:
    """Return the device's key; ``NotEnrolled`` if it has none."""
    raw = storage.read(KEY_FILE, limit=KEY_BYTES + 1)
    if raw is None or len(raw) != KEY_BYTES:
        raise NotEnrolled("This device has no key; run 'edgefleet-agent enrol' first.")
    return Ed25519PrivateKey.from_private_bytes(raw)


def make_device_key(storage: Storage) -> Ed25519PrivateKey:
    """Return the device's key, made if it has none: a repeated enrolment is the same device."""
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
    journal.save({**record, **{role: dict(getattr(enrolment, role)) for role in ROLES}}, twice=True)


def load_enrolment(storage: Storage) -> Enrolment:
    """Return what was settled; ``NotEnrolled`` if nothing was."""
    record = Journal(storage, RECORD).load()
    if record is None:
        raise NotEnrolled("This device is not enrolled; run 'edgefleet-agent enrol' first.")
    try:
        return Enrolment(
            controller_id=fields.name(record, "controller_id"),
            target=fields.name(record, "target"),
            poll_url=fields.text(record, "poll_url", limit=2048),
            tuf_root=_root(record),
            keys_version=fields.integer(record, "keys_version") if "keys_version" in record else 0,
            **{role: _keys(record, role) for role in ROLES},
        )
    except ProtocolError as error:
        raise NotEnrolled(f"The enrolment record makes no sense: {error}") from error


def _keys(record: fields.Json, role: str) -> dict[str, str]:
    # A record from before keys could change has no former ones.
    found = {} if role not in record and role.startswith("former_") else record.get(role)
    return fields.text_map(found, f"'{role}'", limit=KEYS_LIMIT)


def _root(record: fields.Json) -> str:
    root = (
        fields.base64_bytes(record, "tuf_root", limit=ROOT_LIMIT) if "tuf_root" in record else b""
    )
    return fields.base64_text(root)
