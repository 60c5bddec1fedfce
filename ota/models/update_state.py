"""What is remembered of a device between assignments, and the documents signed for it."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import AppendOnly
from fleet.lib.text.json_field import JsonField
from ota.models.assignment import Assignment
from ota.models.shadow import Shadow


class DeviceUpdateState(models.Model):
    """One row per device. `counter` numbers its instructions and never goes down."""

    device = models.OneToOneField(
        "devices.Device", on_delete=models.CASCADE, related_name="ota_slot"
    )
    counter = models.PositiveBigIntegerField(default=0)
    config_wanted = models.BooleanField(default=True)
    installed = models.ForeignKey(
        Assignment, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    # Cancelled before the device had read it: the device is told, and asked to acknowledge.
    withdrawn = models.ForeignKey(
        Assignment, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    # What it is to run beside its model; whether that is over is told there.
    shadow = models.ForeignKey(
        Shadow, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    # Who said that updates of this device need no further consent, and when; None where each is
    # asked for.
    auto_confirm = JsonField(null=True, blank=True)

    # The life of the database in which the device last said what it runs.
    told_epoch = models.PositiveIntegerField(default=0)

    # Failures up to then send it into no penalty box.
    pardoned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "ota_slot"  # its first name

    def __str__(self) -> str:
        return f"update state of {self.device_id}"


class Instruction(AppendOnly):
    """The signed document that tells one device what to run, kept as it was sent.

    The newest of an assignment counts; there is another one only after the director's key changed.
    """

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="instructions"
    )
    device = models.ForeignKey("devices.Device", on_delete=models.PROTECT, related_name="+")
    counter = models.PositiveBigIntegerField()
    keyid = models.CharField(max_length=128, blank=True)  # of the director's key
    envelope = JsonField()
    # What a chip behind a gateway can verify of it by itself; None where there is none.
    switch = JsonField(null=True, blank=True)
    issued_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "counter"], name="instruction_counter_once_per_device"
            ),
            models.UniqueConstraint(
                fields=["assignment", "keyid"], name="instruction_once_per_director_key"
            ),
        ]

    def __str__(self) -> str:
        return f"instruction {self.counter} of {self.device_id}"
