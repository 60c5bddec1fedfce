"""Opening a session: a device answers a challenge with its key and gets a short token.

Guarantees: an answer works once (the challenge must be newer than the last one answered, compared
and set in one UPDATE); only accepted devices get a token; unknown devices and wrong signatures get
the same answer.
"""

from django.db.models import Q

from device_agent.protocol.enrol import session_message
from fleet.devices import keys, sessions
from fleet.devices.device_state import require_accepted
from fleet.devices.models import Device
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Unauthenticated


def session_open(*, controller_id: str, challenge: str, signature: bytes) -> str:
    """Return a token. Raises Unauthenticated, Forbidden, Gone."""
    issued_at = sessions.challenge_issued_at(challenge, controller_id)
    device = Device.objects.filter(controller_id=controller_id).exclude(public_key="").first()
    if device is None or not _signed(device, challenge, signature):
        raise Unauthenticated(
            "The challenge was not signed with this device's key.", code="bad_proof"
        )
    require_accepted(device)
    newer = Q(challenged_at=None) | Q(challenged_at__lt=issued_at)
    unused = Device.objects.filter(newer, pk=device.pk)
    # updated_at stays: it guards people's edits, and a session is none.
    if not compare_and_set(unused, challenged_at=issued_at, updated_at=device.updated_at):
        raise Unauthenticated("This challenge was answered before.", code="replayed")
    return sessions.token_new(device.public_id, device.key_fingerprint)


def _signed(device: Device, challenge: str, signature: bytes) -> bool:
    return keys.holds(bytes.fromhex(device.public_key), signature, session_message(challenge))
