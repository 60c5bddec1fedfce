"""What goes in and out over REST. `…In` checks form only; the rules are the services'."""

from typing import Any

from rest_framework import serializers

from device_agent.protocol.instruction import NEEDS_MAX
from fleet.lib.rest.strict import JsonIn, StrictIn
from ota.choices import (
    COMPATIBLE_MAX,
    FILENAME_MAX,
    LABEL_MAX,
    METRIC_MAX,
    NAME_MAX,
    TYPE_MAX,
)
from ota.engine.states import AssignmentState, Kind, RolloutState
from ota.models import Approval
from ota.models.release import NOTES_MAX
from ota.models.rollout import REASON_MAX
from ota.services import MODULES_MAX

COUNTER_MAX = 2**31 - 1  # as the column holds it
NEED_MAX = 140  # characters


class ReleaseIn(StrictIn):
    """A draft to be made: of a version, with modules of other makers beside it; or of modules
    alone, under a name and a label.
    """

    version = serializers.CharField(max_length=64, required=False)
    name = serializers.CharField(max_length=NAME_MAX, required=False)
    label = serializers.CharField(max_length=LABEL_MAX, required=False)  # type: ignore[assignment]
    modules = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=MODULES_MAX, required=False
    )
    notes = serializers.CharField(max_length=NOTES_MAX, required=False, allow_blank=True)
    needs = serializers.ListField(
        child=serializers.CharField(max_length=NEED_MAX), max_length=NEEDS_MAX, required=False
    )
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


class LookQuery(StrictIn):
    """Which looks to list."""

    gate = serializers.CharField(max_length=32, required=False)
    metric = serializers.CharField(max_length=METRIC_MAX, required=False)


class SoftwareModuleIn(StrictIn):
    """A module to be made."""

    name = serializers.CharField(max_length=NAME_MAX)
    version = serializers.CharField(max_length=LABEL_MAX)
    type = serializers.CharField(max_length=TYPE_MAX)
    target = serializers.CharField(max_length=64, required=False, allow_blank=True)
    compatible = serializers.CharField(max_length=COMPATIBLE_MAX, required=False, allow_blank=True)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)


class SoftwareFileIn(StrictIn):
    """A file to be stored; refused where its digest is another one than is told."""

    file = serializers.FileField()
    filename = serializers.CharField(max_length=FILENAME_MAX, required=False)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", max_length=64, required=False)


class SoftwareFileOut(serializers.Serializer[Any]):
    """A file with what could be read of it."""

    filename = serializers.CharField()
    format = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    sha1 = serializers.CharField()
    md5 = serializers.CharField()
    signature = serializers.CharField(source="facts.seal", default="unknown")
    facts = serializers.JSONField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class SoftwareModuleOut(serializers.Serializer[Any]):
    """Software of another maker, of one version."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.CharField()
    type = serializers.CharField()
    target = serializers.CharField()
    compatible = serializers.CharField()
    description = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    files = SoftwareFileOut(many=True)


class ReleaseModuleOut(serializers.Serializer[Any]):
    """A module in a release."""

    id = serializers.CharField(source="module.public_id")
    name = serializers.CharField(source="module.name")
    version = serializers.CharField(source="module.version")
    type = serializers.CharField(source="module.type")
    target = serializers.CharField(source="module.target")


class ReleaseArtifactOut(serializers.Serializer[Any]):
    """What a target gets."""

    target = serializers.CharField()
    artifact = serializers.CharField(source="artifact.public_id", allow_null=True, default=None)
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
    version = serializers.CharField(source="version.public_id", allow_null=True, default=None)
    model = serializers.CharField(source="product")
    # DRF's stubs know `label` as a field's own attribute; here it is a member of the answer.
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.CharField()
    counter = serializers.IntegerField()
    notes = serializers.CharField()
    needs = serializers.ListField(child=serializers.CharField())
    created_by = serializers.CharField(source="created_label")
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    artifacts = ReleaseArtifactOut(many=True)
    modules = ReleaseModuleOut(many=True)
    approvals = ApprovalOut(many=True)


class RolloutOut(serializers.Serializer[Any]):
    """A rollout in a list."""

    id = serializers.CharField(source="public_id")
    release = serializers.CharField(source="release.public_id")
    model = serializers.CharField(source="release.product")
    label = serializers.CharField(source="release.label")  # type: ignore[assignment]
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
    share_percent = serializers.IntegerField(source="wave.share_percent", allow_null=True)
    count = serializers.IntegerField(source="wave.count", allow_null=True)
    query = serializers.CharField(source="wave.query")
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


class AwaitedOut(serializers.Serializer[Any]):
    """Whose word a rollout waits for: of so many people, for its start where there is no wave."""

    wave = serializers.IntegerField(source="wave.index", allow_null=True, default=None)
    wanted = serializers.IntegerField()
    missing = serializers.IntegerField()
    sentence = serializers.CharField()


class RolloutDetailOut(RolloutOut):
    """A rollout with its live numbers."""

    awaits = AwaitedOut(allow_null=True)
    progress = ProgressOut()


class LookOut(serializers.Serializer[Any]):
    """What one look of a gate found of one metric; an empty metric is its word on all of them.

    The interval `low` to `high` is what a fail rests on, `pass_low` to `pass_high` what a pass
    rests on; both, the estimate and the margin are in the metric's natural units.
    """

    at = serializers.DateTimeField()
    wave = serializers.IntegerField(source="wave.index")
    gate = serializers.CharField()
    metric = serializers.CharField()
    verdict = serializers.CharField()
    sentence = serializers.CharField()
    estimate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    pass_low = serializers.FloatField(allow_null=True)
    pass_high = serializers.FloatField(allow_null=True)
    margin = serializers.FloatField(allow_null=True)
    harm = serializers.IntegerField()
    devices = serializers.IntegerField()
    samples = serializers.IntegerField()


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
