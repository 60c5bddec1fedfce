"""What is told of completed captures; light, since every process connects it."""

from fleet.devices.choices import EventKind
from fleet.devices.models import DeviceEvent
from fleet.telemetry.models import CapturePart


def tell_devices(*, capture: str, dataset: str, **_: object) -> None:
    """Say on the timeline of each device that its samples are in a dataset."""
    parts = CapturePart.objects.filter(request__public_id=capture, batches__gt=0)
    DeviceEvent.objects.bulk_create(
        DeviceEvent(
            device_id=key,
            kind=EventKind.TELEMETRY,
            text=f"Its captured samples are in dataset {dataset}.",
            detail={"capture": capture, "dataset": dataset},
        )
        for key in parts.values_list("device_id", flat=True)
    )
