"""The shapes of filters of the list of devices."""

from rest_framework import serializers

from fleet.devices.choices import FILTER_NAME_MAX, DeviceState
from fleet.devices.filters import SEEN
from fleet.devices.labels.query import QUERY_MAX
from fleet.devices.models import DeviceFilter
from fleet.lib.ids import MAX_LENGTH
from fleet.lib.rest.strict import StrictIn


class AskedIn(StrictIn):
    """What the list of devices is asked for; what is left out is not asked for."""

    q = serializers.CharField(
        required=False, max_length=QUERY_MAX, help_text="A part of a name, or a device query."
    )
    state = serializers.ChoiceField(required=False, choices=DeviceState.choices)
    target = serializers.CharField(required=False, max_length=64)
    version = serializers.CharField(required=False, max_length=128, help_text="`*` is any text.")
    seen = serializers.ChoiceField(required=False, choices=list(SEEN))
    gateway = serializers.CharField(required=False, max_length=MAX_LENGTH)
    incident = serializers.CharField(required=False, max_length=MAX_LENGTH)
    shared = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=1,
        help_text="There, and empty: devices whose key a second machine seems to use.",
    )
    sort = serializers.CharField(
        required=False,
        max_length=16,
        help_text="`name`, `target`, `state`, `seen`; `-` turns it.",
    )


class DeviceFilterIn(StrictIn):
    """A filter to keep."""

    name = serializers.CharField(max_length=FILTER_NAME_MAX)
    asked = AskedIn()
    shared = serializers.BooleanField(required=False)


class DeviceFilterEditIn(StrictIn):
    """Changes of a filter."""

    name = serializers.CharField(required=False, max_length=FILTER_NAME_MAX)
    asked = AskedIn(required=False)
    shared = serializers.BooleanField(required=False)


class DeviceFilterOut(serializers.ModelSerializer[DeviceFilter]):
    """A filter."""

    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    asked = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        read_only=True,
        help_text="What the list of devices is asked for, by the names of its fields.",
    )

    class Meta:
        model = DeviceFilter
        fields = ("id", "name", "owner", "shared", "asked", "created_at", "updated_at")
        read_only_fields = fields
