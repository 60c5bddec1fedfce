"""When devices were last seen, and by which token: kept in memory, written in one batch, so that a
poll costs no write.

Guarantees: at most one flush runs at a time; nothing is lost but what the process had seen since
the last flush; a time never goes back; a gateway that begins to speak for a device is in the audit
log. `EDGEFLEET_PRESENCE_SECONDS = 0` starts no timer: then callers call `flush` themselves.
"""

import logging
import threading
from collections import defaultdict
from datetime import datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from fleet.access import audit
from fleet.devices.choices import EventKind
from fleet.devices.models import ClientToken, Device, DeviceCount, DeviceEvent
from fleet.devices.tokens.gateway import gateway_actor
from fleet.lib import clock
from fleet.lib.db import advisory_lock

log = logging.getLogger(__name__)
LOCK_KEY: Final = 0x0EF1_A0D3  # any number that nobody else uses
AUDIT_NAMES_MAX = 50  # devices that one audit entry names


class LastSeen(NamedTuple):
    """A sign of life: when, and the token that came with it, if one did."""

    at: datetime
    token: int | None


_lock = threading.Lock()
_seen: dict[int, LastSeen] = {}
_timer: list[threading.Timer] = []


def seen(device: Device, token: ClientToken | None = None) -> None:
    """Note that the device is here now."""
    with _lock:
        _seen[device.pk] = LastSeen(clock.now().replace(microsecond=0), token.pk if token else None)
        if not _timer and settings.EDGEFLEET_PRESENCE_SECONDS:
            timer = threading.Timer(settings.EDGEFLEET_PRESENCE_SECONDS, _flush_from_timer)
            timer.daemon = True
            _timer.append(timer)
            timer.start()


def flush() -> int:
    """Write what was seen since the last flush and return how many devices that were."""
    with _lock:
        batch = dict(_seen)
        _seen.clear()
        _timer.clear()
    together: dict[LastSeen, list[int]] = defaultdict(list)
    for pk, sign in batch.items():
        together[sign].append(pk)
    with transaction.atomic():
        # Other processes have seen the same devices, in another order.
        advisory_lock(LOCK_KEY)
        tokens = _used({sign.token: sign.at for sign in sorted(together, key=lambda s: s.at)})
        spoken = []
        for sign, pks in sorted(together.items(), key=lambda item: item[0].at):
            token = tokens.get(sign.token)
            gateway = token if token and token.group else None
            spoken.append((gateway, _write(sign.at, pks, gateway)))
        for gateway, devices in spoken:
            if gateway is not None:
                _record_gateway(gateway, devices)
    DeviceCount.fold()
    return len(batch)


def _used(last: dict[int | None, datetime]) -> dict[int | None, ClientToken]:
    found = ClientToken.objects.select_related("group").in_bulk([pk for pk in last if pk])
    for pk in found:
        ClientToken.objects.filter(pk=pk).update(last_used_at=last[pk])
    return dict(found)


def _write(at: datetime, pks: list[int], gateway: ClientToken | None) -> list[Device]:
    """Store when they were seen; those that the gateway did not speak for before."""
    older = Q(last_seen_at=None) | Q(last_seen_at__lt=at)
    rows = Device.objects.filter(pk__in=pks)
    new = list(rows.exclude(gateway=gateway).order_by("pk")) if gateway is not None else []
    rows.filter(older).update(last_seen_at=at, gateway=gateway)
    return new


def _record_gateway(gateway: ClientToken, devices: list[Device]) -> None:
    if not devices or gateway.group is None:
        return
    by = gateway_actor(gateway)
    text = f"Spoken for by the {by.label}"
    detail = {"token": gateway.public_id}
    DeviceEvent.objects.bulk_create(
        DeviceEvent(device=device, kind=EventKind.CREDENTIAL, text=text, detail=detail)
        for device in devices
    )
    names = [device.public_id for device in devices[:AUDIT_NAMES_MAX]]
    audit.record(
        by=by,
        action="devices.gateway_speaks",
        subject=gateway.group.public_id,
        detail={"token": gateway.public_id, "count": len(devices), "devices": names},
    )


def _flush_from_timer() -> None:
    try:
        flush()
    except DatabaseError as error:
        log.warning("last-seen times were not written, the next poll brings new ones: %s", error)
    finally:
        connection.close()  # this thread ends here, and its connection with it
