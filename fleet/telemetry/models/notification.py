"""Destination: whom events are sent to. Delivery: one message to one destination, with each try."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField
from fleet.telemetry.choices import DeliveryState, DestinationKind

DESTINATION_NAME_MAX: int = 80  # characters
ADDRESS_MAX: int = 1000  # characters of a URL, or of e-mail addresses with commas between
ERROR_MAX: int = 300  # characters
HINT_MAX: int = 12  # characters of a secret that lists show
EVENT_MAX: int = 40  # characters of an event's name


def destination_id() -> str:
    """Return a public id for a new destination."""
    return new_id("dst")


def delivery_id() -> str:
    """Return a public id for a new message; a webhook sends it as `webhook-id`."""
    return new_id("msg")


class Destination(Timestamped):
    """An address that listens to some events. A webhook's secret is kept sealed."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=destination_id, editable=False
    )
    name = models.CharField(max_length=DESTINATION_NAME_MAX, unique=True)
    kind = models.CharField(max_length=8, choices=DestinationKind.choices)
    address = models.CharField(max_length=ADDRESS_MAX)
    events = JsonField(default=list)  # names of events; rules may send it others
    secret = models.CharField(max_length=300, blank=True, editable=False)
    hint = models.CharField(max_length=HINT_MAX, blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=ERROR_MAX, blank=True)
    failures = models.PositiveIntegerField(default=0)  # tries in a row that failed
    last_success_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """A message as it is sent. Trying again sends the same id, so that a receiver knows it."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=delivery_id, editable=False
    )
    destination = models.ForeignKey(
        Destination, on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.CharField(max_length=EVENT_MAX)
    subject = models.CharField(max_length=MAX_LENGTH)  # public id of what it is about
    payload = JsonField()
    state = models.CharField(
        max_length=12, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    tries = JsonField(default=list)  # the last ones: at, status, error, milliseconds
    created_at = models.DateTimeField(default=clock.now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            # Serves the sender, which asks for what is due every few seconds.
            models.Index(
                fields=("next_at",),
                condition=models.Q(state=DeliveryState.WAITING),
                name="telemetry_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.destination}"
