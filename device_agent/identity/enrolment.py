"""Joining a fleet: make a key, prove that we hold it, spend the code, pin what we are told.

A device whose key was registered before needs no code. One whose key was revoked joins with another
key, which takes the old one's place once the service knows it.

A device that joins again keeps the keys that the repository has told it meanwhile: the answer of
an enrolment cannot bring back keys that were replaced.
"""

from collections.abc import Callable
from dataclasses import replace

from device_agent.clock import Clock
from device_agent.errors import Misconfigured, NotEnrolled
from device_agent.identity.keys import Enrolment, load_enrolment, make_device_key, save_enrolment
from device_agent.identity.rotation import make_next_key, settle_key
from device_agent.net.session import post_json
from device_agent.net.transport import Wire, joined, origin
from device_agent.protocol import enrol, fields
from device_agent.protocol.http import ENROL_PATH
from device_agent.storage.port import Storage


def enrol_device(
    *,
    storage: Storage,
    wire: Wire,
    clock: Clock,
    server_url: str,
    code: str,
    controller_id: str,
    target: str,
    attributes: dict[str, str],
    root: bytes = b"",
    new_key: bool = False,
    vouch: Callable[[bytes], enrol.Voucher] | None = None,
) -> tuple[Enrolment, str]:
    """Return the enrolment and its state; asking again with the same key is harmless.

    ``vouch`` returns a gateway's word for the key, of a device that joins through one.
    A ``root`` that came with the device counts, and not the one that the service names.
    """
    known = _enrolled_before(storage, controller_id)
    key = make_next_key(storage) if new_key else make_device_key(storage)
    public = key.public_key().public_bytes_raw()
    proof = key.sign(enrol.enrol_message(code, controller_id, public))
    voucher = vouch(public) if vouch else None
    request = enrol.EnrolRequest(code, controller_id, target, public, proof, attributes, voucher)
    url = joined(server_url, ENROL_PATH)
    value = enrol.dump_enrol_request(request)
    reply = post_json(
        wire,
        url,
        value,
        enrol.parse_enrol_reply,
        wall=clock.wall(),
        limit=enrol.REPLY_LIMIT,
    )
    if reply.controller_id != controller_id:
        raise Misconfigured(f"The service enrolled '{reply.controller_id}', not this device.")
    if new_key:
        settle_key(storage)
    enrolment = Enrolment(
        controller_id,
        target,
        _absolute(server_url, reply.poll_url),
        reply.director,
        reply.artifacts,
        fields.base64_text(root or reply.tuf_root),
    )
    if known and known.keys_version and known.tuf_root == enrolment.tuf_root:
        enrolment = replace(known, target=target, poll_url=enrolment.poll_url)
    save_enrolment(storage, enrolment)
    return enrolment, reply.state


def _enrolled_before(storage: Storage, controller_id: str) -> Enrolment | None:
    try:
        known = load_enrolment(storage)
    except NotEnrolled:
        return None
    if known.controller_id != controller_id:
        raise Misconfigured(f"This folder belongs to device '{known.controller_id}'.")
    return known


def _absolute(server_url: str, poll_url: str) -> str:
    url = joined(server_url, poll_url).rstrip("/")
    if origin(url)[0] not in {"http", "https"}:
        raise Misconfigured(f"The service names no usable poll address: {poll_url}")
    return url
