"""How a challenger agrees with what devices run: sums, and whether a rollout may rest on them.

Guarantees: no device counts for more than `LOUDEST` medians; a verdict holds with the device left
out that speaks most for it, so that one liar decides nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from django.db.models import QuerySet

from fleet.devices import selectors as devices
from fleet.lib.verdict import Verdict
from ota.models import ShadowCount
from registry.models import ModelVersion

LOUDEST: Final = 3.0  # medians
GROUPS_MAX: Final = 50  # that are told apart
TROUBLES_MAX: Final = 20  # devices named as having ended the challenger


@dataclass(frozen=True, slots=True)
class OnDevice:
    """Inferences of both on one device, and those in which they agreed."""

    ran: float
    agreed: float


@dataclass(frozen=True, slots=True)
class AgreementWanted:
    """What a rollout asks of its release's challenger."""

    share: float  # 0 to 1
    inferences: int
    devices: int


def decide(found: Sequence[OnDevice], wanted: AgreementWanted) -> tuple[Verdict, str]:
    """Return a verdict with its sentence. Pure."""
    heard = [each for each in found if each.ran > 0]
    ran = sum(each.ran for each in heard)
    if len(heard) < wanted.devices or ran < wanted.inferences:
        return Verdict.INCONCLUSIVE, (
            f"the challenger ran {ran:.0f} times on {len(heard)} devices, "
            f"{wanted.inferences} times on {wanted.devices} are needed"
        )
    low, share, high = bounds(heard)
    said = f"the challenger agrees in {share * 100:.1f} %, {wanted.share * 100:.0f} % are needed"
    if low >= wanted.share:
        return Verdict.PASS, said
    if high < wanted.share:
        return Verdict.FAIL, said
    return Verdict.INCONCLUSIVE, f"{said}; one device alone decides between the two"


def bounds(found: Sequence[OnDevice]) -> tuple[float, float, float]:
    """Return the share without its best device, of all, and without its worst."""
    limit = LOUDEST * median(each.ran for each in found)
    scaled = [_scaled(each, limit) for each in found]
    ran, agreed = (sum(each.ran for each in scaled), sum(each.agreed for each in scaled))
    if len(scaled) == 1:
        return 0.0, agreed / ran, 1.0
    without = [(agreed - each.agreed) / (ran - each.ran) for each in scaled]
    return min(without), agreed / ran, max(without)


def _scaled(each: OnDevice, limit: float) -> OnDevice:
    scale = min(1.0, limit / each.ran)
    return OnDevice(each.ran * scale, each.agreed * scale)


def on_devices(version: ModelVersion) -> list[OnDevice]:
    """Return what ran of a version beside others, by device."""
    return list(_by_device(_rows(version)).values())


def agreement(version: ModelVersion) -> list[dict[str, Any]]:
    """Return sums by champion, each whole and by group of devices, as plain JSON."""
    rows = list(_rows(version).select_related("champion", "device"))
    found = []
    for champion in sorted({row.champion for row in rows}, key=lambda each: each.number):
        ours = [row for row in rows if row.champion_id == champion.pk]
        found.append(
            {
                "champion": champion.public_id,
                "champion_label": champion.label,
                "classes": list(champion.class_names),
                **_sums(ours),
                "pairs": _pairs(ours),
                "groups": _groups(ours),
                "troubles": _troubles(ours),
            }
        )
    return found


def _rows(version: ModelVersion) -> QuerySet[ShadowCount]:
    rows = ShadowCount.objects.filter(shadow__release__version=version)
    return rows.exclude(champion=version).order_by("pk")


def _by_device(rows: Iterable[ShadowCount]) -> dict[int, OnDevice]:
    found: dict[int, OnDevice] = {}
    for row in rows:
        before = found.get(row.device_id, OnDevice(0, 0))
        found[row.device_id] = OnDevice(before.ran + row.ran, before.agreed + row.agreed)
    return found


def _sums(rows: Sequence[ShadowCount]) -> dict[str, Any]:
    heard = [each for each in _by_device(rows).values() if each.ran]
    low, share, high = bounds(heard) if heard else (0.0, 0.0, 1.0)
    return {
        "devices": len(heard),
        "ran": sum(row.ran for row in rows),
        "agreed": sum(row.agreed for row in rows),
        "skipped": sum(row.skipped for row in rows),
        "share": round(share, 4) if heard else None,
        "without_best": round(low, 4) if heard else None,
        "without_worst": round(high, 4) if heard else None,
    }


def _pairs(rows: Sequence[ShadowCount]) -> list[list[int]]:
    found: dict[tuple[int, int], int] = {}
    for row in rows:
        for one, other, count in row.pairs:
            found[one, other] = found.get((one, other), 0) + count
    return [[*pair, count] for pair, count in sorted(found.items())]


def _groups(rows: Sequence[ShadowCount]) -> list[dict[str, Any]]:
    keys = {row.device_id for row in rows}
    found = []
    for group in devices.groups().order_by("name")[:GROUPS_MAX] if keys else ():
        members = devices.group_members(group).filter(pk__in=keys)
        ours = set(members.order_by().values_list("pk", flat=True))
        if ours:
            mine = [row for row in rows if row.device_id in ours]
            found.append({"group": group.name, **_sums(mine)})
    return found


def _troubles(rows: Sequence[ShadowCount]) -> list[dict[str, str]]:
    """Devices on which the challenger was ended or refused, the newest first."""
    told = sorted((row for row in rows if row.reason), key=lambda row: -row.pk)
    return [
        {"device": row.device.public_id, "state": row.state, "reason": row.reason}
        for row in told[:TROUBLES_MAX]
    ]
