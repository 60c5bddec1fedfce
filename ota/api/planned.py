"""What goes in and out of plans, reports and policies over REST."""

from typing import Any

from rest_framework import serializers

from fleet.lib.rest.strict import JsonIn, StrictIn
from ota.api.serializers import ApprovalOut, GateOut, RolloutEventOut, RolloutOut
from ota.choices import POLICY_NAME_MAX
from ota.planning.named_policies import NamedPolicy


class PolicyIn(StrictIn):
    """A policy to be made: members on top of another one's, canary where none is named."""

    name = serializers.CharField(max_length=POLICY_NAME_MAX)
    based_on = serializers.CharField(max_length=POLICY_NAME_MAX, required=False)
    policy = JsonIn(required=False)


class PolicyEditIn(StrictIn):
    """Members of a policy to be changed."""

    policy = JsonIn()


class PolicyOut(serializers.Serializer[Any]):
    """A policy in full."""

    name = serializers.CharField()
    description = serializers.CharField()
    shipped = serializers.BooleanField()
    policy = serializers.JSONField(source="document")
    changed_by = serializers.SerializerMethodField()
    changed_at = serializers.SerializerMethodField()

    def get_changed_by(self, found: NamedPolicy) -> str:
        """Return the author of the last change; empty for one that comes with the service."""
        return found.row.changed_by if found.row else ""

    def get_changed_at(self, found: NamedPolicy) -> str | None:
        """Return when that was."""
        return found.row.updated_at.isoformat() if found.row else None


class PenaltyOut(serializers.Serializer[Any]):
    """How many rollouts in a row failed on a device; policies say when that is too many."""

    failures = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)
    last_cause = serializers.CharField()


class NamedDeviceOut(serializers.Serializer[Any]):
    """A device by its names."""

    id = serializers.CharField(source="public_id")
    controller_id = serializers.CharField()


class LeftOutOut(serializers.Serializer[Any]):
    """A device that takes no part, and why."""

    device = serializers.CharField(source="device.public_id")
    controller_id = serializers.CharField(source="device.controller_id")
    reason = serializers.CharField()


class PlannedWaveOut(serializers.Serializer[Any]):
    """One wave: `names` are its first devices, `size_bytes` what all of it downloads in full, and
    `fetched_bytes` what it does by the deltas that are made.
    """

    index = serializers.IntegerField()
    share_percent = serializers.IntegerField(allow_null=True)
    reach = serializers.CharField()
    devices = serializers.IntegerField()
    sentence = serializers.CharField()
    names = NamedDeviceOut(many=True)
    targets = serializers.DictField(child=serializers.IntegerField())
    size_bytes = serializers.IntegerField()
    fetched_bytes = serializers.IntegerField()
    begins_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class RolloutPlanOut(serializers.Serializer[Any]):
    """What a start now would do. `drawn`: the order of devices is final, and no example."""

    summary = serializers.CharField()
    drawn = serializers.BooleanField()
    devices = serializers.IntegerField()
    taking_part = serializers.IntegerField()
    waves = PlannedWaveOut(many=True)
    left_out = LeftOutOut(many=True)
    left_out_count = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField())
    size_bytes = serializers.IntegerField()
    fetched_bytes = serializers.IntegerField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.IntegerField(allow_null=True)
    reckoned = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    power = serializers.ListField(child=serializers.CharField())
    rules = serializers.ListField(child=serializers.CharField())


class WaveReportOut(serializers.Serializer[Any]):
    """One wave as it went."""

    index = serializers.IntegerField(source="wave.index")
    share_percent = serializers.IntegerField(source="wave.share_percent", allow_null=True)
    count = serializers.IntegerField(source="wave.count", allow_null=True)
    query = serializers.CharField(source="wave.query")
    state = serializers.CharField(source="wave.state")
    reason = serializers.CharField(source="wave.reason")
    opened_at = serializers.DateTimeField(source="wave.opened_at", allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.IntegerField(allow_null=True)
    devices = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())


class GateReportOut(GateOut):
    """What a gate said of a wave, at one moment."""

    wave = serializers.IntegerField(source="wave.index")


class DeviceOutcomeOut(serializers.Serializer[Any]):
    """How one device's update ended, and its way back; `back` is empty where there was none."""

    device = serializers.CharField(source="part.device.public_id")
    controller_id = serializers.CharField(source="part.device.controller_id")
    wave = serializers.IntegerField(source="part.wave.index")
    state = serializers.CharField(source="part.state")
    cause = serializers.CharField(source="part.cause")
    text = serializers.CharField(source="part.text")
    attempts = serializers.IntegerField(source="part.attempt")
    assigned_at = serializers.DateTimeField(source="part.assigned_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="part.finished_at", allow_null=True)
    back = serializers.CharField(source="back.state", default="")
    delta_bytes = serializers.IntegerField(
        source="part.delta.size_bytes", default=None, allow_null=True
    )


class SavingOut(serializers.Serializer[Any]):
    """What the devices that took the release fetched of its builds, and would have without deltas;
    `devices` counts those that took a delta.
    """

    devices = serializers.IntegerField()
    fetched_bytes = serializers.IntegerField()
    whole_bytes = serializers.IntegerField()
    saved_bytes = serializers.IntegerField()


class RolloutReportOut(serializers.Serializer[Any]):
    """What a rollout came to; `devices_left_out` says how many are not in the list."""

    rollout = RolloutOut()
    sentence = serializers.CharField()
    seconds = serializers.IntegerField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    causes = serializers.DictField(child=serializers.IntegerField())
    back = serializers.DictField(child=serializers.IntegerField())
    saving = SavingOut()
    waves = WaveReportOut(many=True)
    gates = GateReportOut(many=True)
    approvals = ApprovalOut(many=True)
    decisions = RolloutEventOut(many=True)
    events = RolloutEventOut(many=True)
    devices = DeviceOutcomeOut(many=True)
    devices_left_out = serializers.IntegerField()
