"""Which versions a device was told to run, and by which rollout."""

from typing import Any

from ota.models import Assignment, Rollout


def was_given(*, device_id: int, version_id: int, **_: Any) -> bool | None:
    """Whether a device has an assignment of the version; None when it never had one at all."""
    rows = Assignment.objects.filter(device_id=device_id)
    versions = set(rows.values_list("release__version_id", flat=True).distinct())
    return version_id in versions if versions else None


def rollout_of(*, version_id: int, **_: Any) -> str | None:
    """Return the public id of the newest rollout of a version, or None."""
    rows = Rollout.objects.filter(release__version_id=version_id, started_at__isnull=False)
    return rows.order_by("-started_at").values_list("public_id", flat=True).first()
