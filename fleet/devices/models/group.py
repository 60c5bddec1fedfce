"""Group: devices that are addressed together."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from fleet.devices.choices import GroupKind
from fleet.devices.labels.query import QUERY_MAX
from fleet.devices.models.device import NAME_MAX, Device
from fleet.lib.db import Timestamped
from fleet.lib.ids import MAX_LENGTH, new_id


def group_id() -> str:
    """Return a public id for a new group."""
    return new_id("grp")


class Group(Timestamped):
    """A static list of devices, or a device query that is evaluated each time."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=group_id, editable=False
    )
    name = models.CharField(
        max_length=NAME_MAX, unique=True, validators=[RegexValidator(r"^[A-Za-z0-9._-]+$")]
    )
    description = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=8, choices=GroupKind.choices)
    query = models.CharField(max_length=QUERY_MAX, blank=True)
    members = models.ManyToManyField(Device, through="GroupMember", related_name="device_groups")

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=GroupKind.STATIC, query="")
                | (Q(kind=GroupKind.DYNAMIC) & ~Q(query="")),
                name="devices_group_dynamic_has_query",
            )
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """One device in one static group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    device = models.ForeignKey(Device, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("group", "device"), name="devices_groupmember_once")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} in {self.group_id}"
