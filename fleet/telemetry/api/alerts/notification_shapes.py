"""What goes in and out of the views of destinations and messages."""

from typing import Any

from rest_framework import serializers

from fleet.lib.ids import MAX_LENGTH
from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.choices import DeliveryState, DestinationKind
from fleet.telemetry.models import (
    ADDRESS_MAX,
    DESTINATION_NAME_MAX,
    Delivery,
    Destination,
)
from fleet.telemetry.monitor.notifications.events import CHOSEN, EVENTS


def _events() -> serializers.ListField:
    child = serializers.ChoiceField(choices=CHOSEN)
    return serializers.ListField(child=child, required=False, max_length=len(CHOSEN))


class DestinationIn(StrictIn):
    """A destination to make: a URL, or e-mail addresses with commas between."""

    name = serializers.CharField(max_length=DESTINATION_NAME_MAX)
    kind = serializers.ChoiceField(choices=DestinationKind.choices)
    address = serializers.CharField(max_length=ADDRESS_MAX)
    events = _events()


class DestinationEditIn(StrictIn):
    """Changes of a destination."""

    address = serializers.CharField(required=False, max_length=ADDRESS_MAX)
    events = _events()


class DestinationOut(serializers.ModelSerializer[Destination]):
    """A destination; `hint` is how its secret begins."""

    id = serializers.CharField(source="public_id", read_only=True)
    events = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Destination
        fields = (
            "id",
            "name",
            "kind",
            "address",
            "events",
            "hint",
            "enabled",
            "disabled_reason",
            "failures",
            "last_success_at",
            "created_at",
        )
        read_only_fields = fields


class DestinationMadeOut(DestinationOut):
    """A destination with its secret, which is in this answer only."""

    secret = serializers.CharField(allow_blank=True, allow_null=True)

    class Meta(DestinationOut.Meta):
        fields = (*DestinationOut.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class DeliveryFilterIn(StrictIn):
    """Which messages to list."""

    destination = serializers.CharField(required=False, max_length=MAX_LENGTH)
    subject = serializers.CharField(required=False, max_length=MAX_LENGTH)
    state = serializers.ChoiceField(required=False, choices=DeliveryState.choices)
    event = serializers.ChoiceField(required=False, choices=[each.name for each in EVENTS])


class TryOut(serializers.Serializer[Any]):
    """One try; `status` is of HTTP."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    ms = serializers.IntegerField()


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    """A message with its last tries."""

    id = serializers.CharField(source="public_id", read_only=True)
    destination = serializers.CharField(source="destination.public_id", read_only=True)
    destination_name = serializers.CharField(source="destination.name", read_only=True)
    payload = serializers.DictField(read_only=True)
    tries = TryOut(many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "destination",
            "destination_name",
            "event",
            "subject",
            "state",
            "attempts",
            "next_at",
            "created_at",
            "delivered_at",
            "tries",
            "payload",
        )
        read_only_fields = fields
