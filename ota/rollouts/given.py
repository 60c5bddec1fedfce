"""Which versions a device was told to run."""

from typing import Any

from ota.models import Assignment


def was_given(*, device_id: int, version_id: int, **_: Any) -> bool | None:
    """Whether a device has an assignment of the version; None when it never had one at all."""
    rows = Assignment.objects.filter(device_id=device_id)
    versions = set(rows.values_list("release__version_id", flat=True).distinct())
    return version_id in versions if versions else None
