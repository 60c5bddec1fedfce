"""Device: one machine in the field, known by its own key."""

from datetime import datetime
from math import inf

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from fleet.devices.choices import DeviceState
from fleet.devices.labels.query import ATTRIBUTE, matches, parse_query
from fleet.lib.db import Timestamped
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField

NAME_MAX: int = 64  # characters of a controller id, a name, a target
INSTANCE_MAX: int = 64  # characters of the name that a run of the agent has for itself
KEY_HEX_LENGTH: int = 64  # characters: a raw Ed25519 public key
HARDWARE_HEX_MAX: int = 32  # characters: a chip's id of at most 16 bytes


def device_id() -> str:
    """Return a public id for a new device."""
    return new_id("dev")


class Device(Timestamped):
    """A device. It never loses its row: a decommissioned one must stay refused."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=device_id, editable=False
    )
    # What the device calls itself; device URLs carry it.
    controller_id = models.CharField(
        max_length=NAME_MAX, unique=True, validators=[RegexValidator(r"^[A-Za-z0-9._-]+$")]
    )
    name = models.CharField(max_length=NAME_MAX)
    target = models.CharField(max_length=NAME_MAX, db_index=True)
    labels = JsonField(default=dict, blank=True)
    attributes = JsonField(default=dict, blank=True)
    state = models.CharField(
        max_length=16, choices=DeviceState.choices, default=DeviceState.PENDING
    )
    # Empty for a device of another DDI client, which has a target token instead.
    public_key = models.CharField(max_length=KEY_HEX_LENGTH, blank=True)
    key_fingerprint = models.CharField(max_length=SHA256_HEX_LENGTH, blank=True)
    # The key was revoked: the next enrolment under this controller id brings another one.
    awaits_key = models.BooleanField(default=False)
    # The run of the agent that opened the newest session; tokens of another run are refused.
    instance = models.CharField(max_length=INSTANCE_MAX, blank=True)
    # Since when two devices seem to use this key; an operator ends it.
    suspected_at = models.DateTimeField(null=True, blank=True)
    # When the newest challenge that this device answered was made: an answer works once.
    challenged_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    # The gateway's token with which it was last spoken for; None while it speaks for itself.
    gateway = models.ForeignKey(
        "ClientToken", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The device through which this one is reached: an agent with this microcontroller behind it.
    behind = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    # What the chip of a child says of itself; empty for a device that tells none.
    # The database has defaults of its own: processes of the release before write no such column.
    hardware_id = models.CharField(
        max_length=HARDWARE_HEX_MAX, blank=True, default="", db_default=""
    )
    # Whether children that this device vouches for are accepted at once.
    accepts_children = models.BooleanField(default=False, db_default=False)
    running = JsonField(default=dict, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            # Serves selectors.group_members and the overview: nearly all reads want accepted ones.
            models.Index(fields=("state", "target"), name="devices_device_state_target"),
            # Serves selectors.devices(suspected=True), which every look at the list counts.
            models.Index(
                fields=("suspected_at",),
                condition=Q(suspected_at__isnull=False),
                name="devices_device_suspected",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DeviceState.values), name="devices_device_state_known"
            ),
            # Two devices with one key are a clone: the second is refused.
            models.UniqueConstraint(
                fields=("key_fingerprint",),
                condition=~Q(key_fingerprint=""),
                name="devices_device_key_once",
            ),
            models.CheckConstraint(
                condition=Q(public_key="", key_fingerprint="")
                | (~Q(public_key="") & ~Q(key_fingerprint="")),
                name="devices_device_key_has_fingerprint",
            ),
            # One board is one device, whichever gateway it is behind.
            models.UniqueConstraint(
                fields=("hardware_id",),
                condition=~Q(hardware_id=""),
                name="devices_device_board_once",
            ),
            models.CheckConstraint(
                condition=Q(awaits_key=False) | Q(public_key=""),
                name="devices_device_with_a_key_awaits_none",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def query_labels(self) -> dict[str, str]:
        """Return what queries over labels see: the labels, and the device's own keys."""
        labels: dict[str, str] = self.labels
        return labels | {"id": self.controller_id, "name": self.name, "target": self.target}

    def query_facts(self) -> dict[str, str]:
        """Return all that device queries see, apart from when the device was heard."""
        told = {f"{ATTRIBUTE}{name}": text for name, text in self.attributes.items()}
        runs = {f"runs/{name}": text for name, text in self.running.items()}
        return self.query_labels() | told | runs | {"device/state": str(self.state)}

    def fits(self, query: str, now: datetime) -> bool:
        """Tell whether a device query means this device. Raises Refused where it cannot be read."""
        return matches(parse_query(query), self.query_facts(), self.silent_seconds(now))

    def silent_seconds(self, now: datetime) -> float:
        """Return for how long the device was not heard; infinity when it never was."""
        return inf if self.last_seen_at is None else (now - self.last_seen_at).total_seconds()
