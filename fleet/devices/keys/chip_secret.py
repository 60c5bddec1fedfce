"""Secrets of chips: made or taken over, kept sealed, read again by whoever signs instructions.

Guarantees: a secret is shown once, and never through a gateway; the newest alone is used.
"""

import secrets
from typing import Final

from django.db import transaction

from device_agent.protocol.chip.switch import SECRET_BYTES
from fleet.access import audit
from fleet.devices.choices import EventKind
from fleet.devices.models import ChipSecret, Device
from fleet.devices.services import device_event
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db.sealed import SealPurpose, seal, unseal
from fleet.lib.errors import Conflict, Refused

HEX_CHARS: Final = 2 * SECRET_BYTES


@transaction.atomic
def chip_secret_set(*, device: Device, by: Actor, secret: str | None = None) -> str:
    """Keep the chip's secret, made here unless its maker gave one; returns it in hexadecimal.

    Raises Conflict for a device that is not a chip behind a gateway, Refused for what is not a
    secret.
    """
    if not device.hardware_id:
        raise Conflict("Only a chip behind a gateway has a secret.", code="no_chip")
    text = secrets.token_hex(SECRET_BYTES) if secret is None else _checked(secret)
    values = {
        "sealed": seal(text, device.public_id, SealPurpose.CHIP),
        "made_at": clock.now(),
        "made_by": by.label[:200],
    }
    ChipSecret.objects.update_or_create(device=device, defaults=values)
    how = "made" if secret is None else "taken over"
    device_event(device, EventKind.CREDENTIAL, f"Its chip's secret was {how}, said {by.label}")
    detail = {"taken_over": secret is not None}
    audit.record(by=by, action="devices.chip_secret", subject=device.public_id, detail=detail)
    return text


def chip_secret_of(device: Device) -> bytes | None:
    """Return the secret, or None where the service holds none. Raises Conflict when it cannot be
    opened.
    """
    row = ChipSecret.objects.filter(device=device).first()
    return (
        None
        if row is None
        else bytes.fromhex(unseal(row.sealed, device.public_id, SealPurpose.CHIP))
    )


def _checked(secret: str) -> str:
    try:
        raw = bytes.fromhex(secret)
    except ValueError:
        raw = b""
    if len(raw) != SECRET_BYTES or not any(raw):
        raise Refused(f"A chip's secret has {HEX_CHARS} hexadecimal digits, not all zero.")
    return raw.hex()
