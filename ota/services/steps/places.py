"""Parts of devices as places to be written down, with whether their users are asked first."""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fleet.devices import selectors as devices
from ota.choices import Consent
from ota.delivery.handling import DeliveryRules, dump_delivery
from ota.models import DeviceUpdateState, Rollout
from ota.models.assignment import TEXT_MAX, new_assignment_id
from ota.planning.parts import Content, Part
from ota.rollouts.large.planting import PlacedDevice


def placed_devices(
    rollout: Rollout, content: Content, parts: Iterable[Part]
) -> Iterator[PlacedDevice]:
    """Give the place of each part."""
    waves = {wave.index: wave.pk for wave in rollout.waves.all()}
    confirmed = frozenset(_confirmed_already(rollout, content.delivery))
    return (_place(part, waves[part.wave], confirmed) for part in parts)


def _place(part: Part, wave: int, confirmed: frozenset[int]) -> PlacedDevice:
    asked = part.delivery.confirmation and not part.skipped and part.device not in confirmed
    return PlacedDevice(
        wave,
        part.device,
        part.artifact,
        new_assignment_id(),
        part.position,
        part.skipped[:TEXT_MAX],
        _written(part.delivery),
        Consent.ASKED.value if asked else "",
    )


@lru_cache(maxsize=1000)  # there are some 600 zones
def _written(delivery: DeliveryRules) -> str:
    """Written once for all devices of a time zone."""
    return json.dumps(dump_delivery(delivery))


def _confirmed_already(rollout: Rollout, delivery: DeliveryRules) -> list[int]:
    """Return the devices whose users want no question."""
    if not delivery.confirmation:
        return []
    members = devices.group_members(rollout.group).order_by()
    rows = DeviceUpdateState.objects.filter(device__in=members, auto_confirm__isnull=False)
    return list(rows.values_list("device_id", flat=True))
