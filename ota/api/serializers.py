"""What goes in and out over REST. `…In` checks form only; the rules are the services'."""

from typing import Any

from rest_framework import serializers

from fleet.lib.rest.strict import JsonIn, StrictIn
from ota.engine.states import AssignmentState, Kind, RolloutState
from ota.models import Approval
from ota.models.release import NOTES_MAX
from ota.models.rollout import REASON_MAX

COUNTER_MAX = 2**31 - 1  # as the column holds it


class ReleaseIn(StrictIn):
    """A draft to be made."""

    version = serializers.CharField(max_length=64)
    notes = serializers.CharField(max_length=NOTES_MAX, required=False, allow_blank=True)
    counter = serializers.IntegerField(required=False, min_value=1, max_value=COUNTER_MAX)


class ApprovalIn(StrictIn):
    """An approval; `envelope` is a DSSE envelope over the release's statement."""

    remark = serializers.CharField(max_length=REASON_MAX, required=False, allow_blank=True)
    envelope = JsonIn(required=False, allow_null=True)


class StatementOut(serializers.Serializer[Any]):
    """What an approver signs: these bytes, in base64, as this type."""

    payload_type = serializers.CharField()
    payload = serializers.CharField()


class ReasonIn(StrictIn):
    """Why an operator did it."""

    reason = serializers.CharField(max_length=REASON_MAX, required=False, allow_blank=True)


class RolloutIn(StrictIn):
    """A rollout to be planned."""

    release = serializers.CharField(max_length=64)
    group = serializers.CharField(max_length=64)
    policy_name = serializers.CharField(max_length=40, required=False)
    policy = JsonIn(required=False)


class RolloutQuery(StrictIn):
    """Which rollouts to list."""

    state = serializers.ChoiceField([s.value for s in RolloutState], required=False)
    live = serializers.BooleanField(required=False)


class AssignmentQuery(StrictIn):
    """Which assignments to list."""

    state = serializers.ChoiceField([s.value for s in AssignmentState], required=False)
    kind = serializers.ChoiceField([k.value for k in Kind], required=False)
    wave = serializers.IntegerField(required=False, min_value=0, max_value=100)


class ReleaseArtifactOut(serializers.Serializer[Any]):
    """What a target gets."""

    target = serializers.CharField()
    artifact = serializers.CharField(source="artifact.public_id")
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()


class ApprovalOut(serializers.Serializer[Any]):
    """One approval of a release."""

    by = serializers.CharField(source="label")
    remark = serializers.CharField()
    at = serializers.DateTimeField()
    signed = serializers.SerializerMethodField()

    def get_signed(self, row: Approval) -> bool:
        """Whether it came with a signature of the approver's own key."""
        return row.envelope is not None


class ReleaseOut(serializers.Serializer[Any]):
    """A release."""

    id = serializers.CharField(source="public_id")
    version = serializers.CharField(source="version.public_id")
    model = serializers.CharField(source="version.model.name")
    # DRF's stubs know `label` as a field's own attribute; here it is a member of the answer.
    label = serializers.CharField(source="version.label")  # type: ignore[assignment]
    state = serializers.CharField()
    counter = serializers.IntegerField()
    notes = serializers.CharField()
    created_by = serializers.CharField(source="created_label")
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    artifacts = ReleaseArtifactOut(many=True)
    approvals = ApprovalOut(many=True)


class RolloutOut(serializers.Serializer[Any]):
    """A rollout in a list."""

    id = serializers.CharField(source="public_id")
    release = serializers.CharField(source="release.public_id")
    model = serializers.CharField(source="release.version.model.name")
    label = serializers.CharField(source="release.version.label")  # type: ignore[assignment]
    group = serializers.CharField(source="group.name")
    state = serializers.CharField()
    reason = serializers.CharField()
    policy = serializers.JSONField()
    created_by = serializers.CharField(source="created_label")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class GateOut(serializers.Serializer[Any]):
    """What a gate said last."""

    gate = serializers.CharField()
    verdict = serializers.CharField()
    sentence = serializers.CharField()
    evidence = serializers.JSONField()
    at = serializers.DateTimeField()


class WaveOut(serializers.Serializer[Any]):
    """One wave with its numbers."""

    index = serializers.IntegerField(source="wave.index")
    share_percent = serializers.IntegerField(source="wave.share_percent")
    state = serializers.CharField(source="wave.state")
    reason = serializers.CharField(source="wave.reason")
    since = serializers.DateTimeField(source="wave.since")
    opened_at = serializers.DateTimeField(source="wave.opened_at", allow_null=True)
    devices = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    causes = serializers.DictField(child=serializers.IntegerField())
    gates = GateOut(many=True)


class ProgressOut(serializers.Serializer[Any]):
    """A rollout's live numbers."""

    devices = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    back = serializers.DictField(child=serializers.IntegerField())
    waves = WaveOut(many=True)


class RolloutDetailOut(RolloutOut):
    """A rollout with its live numbers."""

    progress = ProgressOut()


class AssignmentOut(serializers.Serializer[Any]):
    """One device's part."""

    id = serializers.CharField(source="public_id")
    action = serializers.IntegerField(source="pk")
    device = serializers.CharField(source="device.public_id")
    controller_id = serializers.CharField(source="device.controller_id")
    wave = serializers.IntegerField(source="wave.index")
    kind = serializers.CharField()
    release = serializers.CharField(source="release.public_id")
    state = serializers.CharField()
    cause = serializers.CharField()
    text = serializers.CharField()
    attempt = serializers.IntegerField()
    since = serializers.DateTimeField()
    assigned_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ExplanationOut(serializers.Serializer[Any]):
    """One sentence for people."""

    explanation = serializers.CharField()


class RolloutEventOut(serializers.Serializer[Any]):
    """Something that happened."""

    step = serializers.CharField()
    state = serializers.CharField()
    wave = serializers.IntegerField(source="wave.index", allow_null=True, default=None)
    text = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()
