"""When devices were last seen: kept in memory, written in one batch, so that a poll costs no write.

Guarantees: at most one flush runs at a time; nothing is lost but what the process had seen since
the last flush; a time never goes back. `EDGEFLEET_PRESENCE_SECONDS = 0` starts no timer: then
`flush` is called by whoever wants it.
"""

import logging
import threading
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from fleet.devices.models import Device
from fleet.lib import clock

log = logging.getLogger(__name__)
_lock = threading.Lock()
_seen: dict[int, datetime] = {}
_timer: list[threading.Timer] = []


def seen(device: Device) -> None:
    """Note that the device is here now."""
    with _lock:
        _seen[device.pk] = clock.now()
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
    by_time: dict[datetime, list[int]] = {}
    for pk, at in batch.items():
        by_time.setdefault(at.replace(microsecond=0), []).append(pk)
    with transaction.atomic():
        for at, pks in sorted(by_time.items()):
            older = Q(last_seen_at=None) | Q(last_seen_at__lt=at)
            Device.objects.filter(older, pk__in=pks).update(last_seen_at=at)
    return len(batch)


def _flush_from_timer() -> None:
    try:
        flush()
    except DatabaseError as error:
        log.warning("last-seen times were not written, the next poll brings new ones: %s", error)
    finally:
        connection.close()  # this thread ends here, and its connection with it
