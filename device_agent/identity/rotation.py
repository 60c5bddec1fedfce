"""Another key for this device, so that no power cut leaves it without one that the service knows.

The new key is stored before anybody hears of it; until the service has said which of the two holds,
both are kept and both are tried. Then the new one takes the old one's place, at once.
"""

import logging
from urllib.parse import urljoin

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.clock import Clock
from device_agent.errors import StorageUnusable
from device_agent.identity.keys import KEY_BYTES, KEY_FILE, Enrolment, device_key
from device_agent.net.session import post_json
from device_agent.net.transport import Wire
from device_agent.protocol import enrol, fields
from device_agent.protocol.http import CHALLENGE_PATH, KEY_PATH
from device_agent.storage import durable
from device_agent.storage.port import Storage

log = logging.getLogger(__name__)

NEXT_KEY_FILE = "device-next.key"


def next_key(storage: Storage) -> Ed25519PrivateKey | None:
    """Return the key that is to follow, if one was made and has not taken its place yet."""
    raw = storage.read(NEXT_KEY_FILE, limit=KEY_BYTES + 1)
    return Ed25519PrivateKey.from_private_bytes(raw) if raw and len(raw) == KEY_BYTES else None


def make_next_key(storage: Storage) -> Ed25519PrivateKey:
    """Return the key that is to follow, made if there is none: a repeated call asks for the same
    one.
    """
    held = next_key(storage)
    if held is not None:
        # An earlier process may have ended before these names were synced.
        storage.sync_folder("")
        if held.private_bytes_raw() != storage.read(KEY_FILE, limit=KEY_BYTES + 1):
            return held
    key = Ed25519PrivateKey.generate()
    durable.replace(storage, NEXT_KEY_FILE, key.private_bytes_raw())
    return key


def settle_key(storage: Storage) -> None:
    """The service knows the next key: it is the device's key from now on.

    It is copied, then removed: whatever a power cut takes of names, one place holds it. A medium
    that takes nothing costs nothing: both keys are tried again at the next start.
    """
    key = next_key(storage)
    if key is None:
        return
    try:
        durable.replace(storage, KEY_FILE, key.private_bytes_raw())
        durable.remove(storage, NEXT_KEY_FILE)
    except StorageUnusable as error:
        log.warning("The new key could not take the old one's place yet: %s", error)


def rotate_key(*, storage: Storage, wire: Wire, clock: Clock, enrolment: Enrolment) -> str:
    """Replace the device's key and return the fingerprint of the new one."""
    old, new = device_key(storage), make_next_key(storage)
    public, name = new.public_key().public_bytes_raw(), enrolment.controller_id
    url = urljoin(enrolment.poll_url, CHALLENGE_PATH)
    asked = {"controller_id": name}
    challenge = post_json(wire, url, asked, enrol.parse_challenge, wall=clock.wall())
    message = enrol.rotate_message(challenge, name, public)
    proofs = old.sign(message), new.sign(message)
    request = enrol.dump_rotate_request(enrol.RotateRequest(name, challenge, public, *proofs))
    url = urljoin(enrolment.poll_url, KEY_PATH)
    fingerprint = post_json(wire, url, request, _fingerprint, wall=clock.wall())
    settle_key(storage)
    return fingerprint


def _fingerprint(value: object) -> str:
    return fields.digest(fields.members(value, "The answer"), "key")
