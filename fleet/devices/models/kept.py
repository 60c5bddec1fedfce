"""What is kept beside devices so that the overview of a large fleet stays cheap."""

from collections import Counter
from typing import Final, NamedTuple

from django.db import connection, models, transaction
from django.db.models.fields.json import KT

from fleet.devices.models.device import Device

FOLD_ROWS: Final = 500  # changes from which on they are added up
TAKE: Final = "DELETE FROM devices_devicecount RETURNING state, model, version, devices"


class DeviceKind(NamedTuple):
    """A state, and what a device says it runs; None where it says nothing."""

    state: str
    model: str | None
    version: str | None


class DeviceCount(models.Model):
    """A change of how many devices are in a state and run a version; the sum of the rows counts.

    A trigger of the database appends them, in the transaction that changes a device: writers never
    wait for one another, and nothing that changes one can forget it. They are added up when seen
    devices are written.
    """

    state = models.CharField(max_length=16)
    # As the device says it; None where it says none.
    model = models.TextField(null=True)  # noqa: DJ001 - nothing and an empty name are two things
    version = models.TextField(null=True)  # noqa: DJ001 - idem
    devices = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.devices:+d} {self.state}, {self.model} {self.version}"

    @classmethod
    def sums(cls) -> dict[DeviceKind, int]:
        """Return how many devices are of each kind: what their rows say, whatever the fleet's
        size.
        """
        rows = cls.objects.order_by().values_list("state", "model", "version")
        found = rows.annotate(n=models.Sum("devices"))
        return {DeviceKind(state, model, version): n for state, model, version, n in found if n}

    @staticmethod
    def counted() -> dict[DeviceKind, int]:
        """Return what the rows of devices themselves say: what kept counts must be."""
        runs = {"model_said": KT("running__model"), "version_said": KT("running__version")}
        rows = Device.objects.order_by().annotate(**runs)
        found = rows.values_list("state", *runs).annotate(n=models.Count("pk"))
        return {DeviceKind(state, model, version): n for state, model, version, n in found}

    @classmethod
    def fold(cls) -> int:
        """Add the changes up, where there are many; return how many there were."""
        rows = cls.objects.count()
        if rows < FOLD_ROWS:
            return rows
        totals: Counter[DeviceKind] = Counter()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(TAKE)
                for state, model, version, devices in cursor.fetchall():
                    totals[DeviceKind(state, model, version)] += devices
            DeviceCount.objects.bulk_create(
                DeviceCount(state=kind.state, model=kind.model, version=kind.version, devices=n)
                for kind, n in totals.items()
                if n
            )
        return rows
