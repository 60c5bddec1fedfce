"""Opening a session: a device answers a challenge with its key and gets a short token.

Guarantees: an answer works once (the challenge must be newer than the last one answered, compared
and set in one UPDATE); only accepted devices get a token; unknown devices and wrong signatures get
the same answer; the run that opens a session ends the sessions of any other run, so that two
devices on one key show at their next polls.
"""

from django.db import transaction
from django.db.models import F, Q

from device_agent.protocol.enrol import session_message
from fleet.devices.keys import session_token as sessions
from fleet.devices.keys import signature as keys
from fleet.devices.keys.clones import AgentRun
from fleet.devices.keys.use import key_used
from fleet.devices.lifecycle import require_accepted
from fleet.devices.models import Device
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Unauthenticated


def session_open(*, controller_id: str, challenge: str, signature: bytes, address: str = "") -> str:
    """Return a token. Raises Unauthenticated, Forbidden, Gone."""
    asked = sessions.challenge_read(challenge, controller_id)
    device = Device.objects.filter(controller_id=controller_id).exclude(public_key="").first()
    if device is None or not _signed(device, challenge, signature):
        raise Unauthenticated(
            "The challenge was not signed with this device's key.", code="bad_proof"
        )
    require_accepted(device.state)
    _answer(device, asked, address)
    return sessions.token_new(device.public_id, device.key_fingerprint, asked.instance)


@transaction.atomic
def _answer(device: Device, asked: sessions.Challenge, address: str) -> None:
    challenge_use(device, asked, instance=asked.instance or device.instance)
    if asked.instance:
        run = AgentRun(asked.instance, asked.boot, address, asked.issued_at, asked.issued_at)
        key_used(device, run)


def challenge_use(device: Device, asked: sessions.Challenge, **changes: str) -> None:
    """Take a challenge's one answer, and make changes with it. Raises Unauthenticated."""
    newer = Q(challenged_at=None) | Q(challenged_at__lt=asked.issued_at)
    # The key is compared as well: it may have been revoked since the signature was checked.
    unused = Device.objects.filter(newer, pk=device.pk, key_fingerprint=device.key_fingerprint)
    # updated_at stays: it guards people's edits, and a session is none.
    kept = {"challenged_at": asked.issued_at, "updated_at": F("updated_at")}
    if not compare_and_set(unused, **kept, **changes):
        raise Unauthenticated("This challenge was answered before.", code="replayed")


def _signed(device: Device, challenge: str, signature: bytes) -> bool:
    return keys.holds(bytes.fromhex(device.public_key), signature, session_message(challenge))
