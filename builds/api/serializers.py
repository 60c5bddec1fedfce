"""What goes in and out of the REST views; the rules live in the services."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from builds.choices import Arithmetic, Optimise, Stage, Weights
from builds.models import Artifact, Build, BuildStep
from builds.services import ALL
from builds.targets import Target, target_names
from fleet.lib.ids import MAX_LENGTH
from fleet.lib.jobs import JobState
from fleet.lib.rest.strict import JsonIn, StrictIn
from registry.compare.graphs import OperatorRow
from registry.compare.sheets import COLUMNS_MAX, SheetRow
from registry.models import ModelVersion

TARGETS_MAX = 64


class BuildFilterIn(StrictIn):
    """Which builds to list."""

    version = serializers.CharField(required=False, max_length=MAX_LENGTH)
    target = serializers.ChoiceField(required=False, choices=target_names())
    state = serializers.ChoiceField(required=False, choices=JobState.choices)


class BuildIn(StrictIn):
    """A request: `target` for one, `targets` for several or all."""

    version = serializers.CharField(max_length=40)
    target = serializers.CharField(max_length=64, required=False)
    targets = JsonIn(required=False, help_text='A list of names, or "all".')
    optimise = serializers.ChoiceField(choices=Optimise.choices, default=Optimise.BALANCED)
    weights = serializers.ChoiceField(choices=Weights.choices, default=Weights.TOGETHER)
    arithmetic = serializers.ChoiceField(choices=Arithmetic.choices, default=Arithmetic.REFUSE)
    force = serializers.BooleanField(default=False)

    def validate_targets(self, value: Any) -> Any:
        """A list of names, or the word for all."""
        names = isinstance(value, list) and all(isinstance(name, str) for name in value)
        if value != ALL and not (names and 0 < len(value) <= TARGETS_MAX):
            raise serializers.ValidationError(f'Give a list of target names, or "{ALL}".')
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two spellings."""
        if ("target" in attrs) == ("targets" in attrs):
            raise serializers.ValidationError({"target": "Give either target or targets."})
        attrs["targets"] = attrs.pop("targets", None) or [attrs.pop("target")]
        return attrs


class BuildStepOut(serializers.ModelSerializer[BuildStep]):
    """One finished stage."""

    class Meta:
        model = BuildStep
        fields = ("stage", "attempt", "worker", "text", "seconds", "at")


class BuildOut(serializers.ModelSerializer[Build]):
    """A build as lists show it."""

    id = serializers.CharField(source="public_id", read_only=True)
    version = serializers.CharField(source="version.public_id", read_only=True)
    version_label = serializers.CharField(source="version.label", read_only=True)
    model = serializers.CharField(source="version.model.name", read_only=True)
    # Blank before the first stage.
    stage = serializers.ChoiceField(choices=Stage.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Build
        fields: tuple[str, ...] = (
            "id",
            "model",
            "version",
            "version_label",
            "target",
            "recipe",
            "state",
            "stage",
            "progress_percent",
            "attempt",
            "forced",
            "failure",
            "requested_by",
            "created_at",
            "finished_at",
            "report",
        )
        read_only_fields = fields


class BuildDetailOut(BuildOut):
    """One build with its log."""

    steps = BuildStepOut(many=True, read_only=True)

    class Meta(BuildOut.Meta):
        fields: tuple[str, ...] = (*BuildOut.Meta.fields, "worker", "last_error", "steps")
        read_only_fields = fields


class RequestedOut(serializers.Serializer[Any]):
    """The builds that answer a request; `cached` ones were there."""

    build = BuildOut(read_only=True)
    cached = serializers.BooleanField(read_only=True)


class BuildsRequestedOut(serializers.Serializer[Any]):
    """All builds of one submission."""

    builds = RequestedOut(many=True, read_only=True)


class ArtifactOut(serializers.ModelSerializer[Artifact]):
    """A file of a build, with the signature over it."""

    id = serializers.CharField(source="public_id", read_only=True)
    build = serializers.CharField(source="build.public_id", read_only=True)
    download = serializers.SerializerMethodField()

    class Meta:
        model = Artifact
        fields = (
            "id",
            "build",
            "kind",
            "filename",
            "sha256",
            "size_bytes",
            "key_id",
            "signature",
            "created_at",
            "download",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_download(self, artifact: Artifact) -> str:
        """The path of its bytes."""
        return f"/api/v1/artifacts/{artifact.public_id}/download/"


class TargetOut(serializers.Serializer[Target]):
    """A CPU profile."""

    name = serializers.ChoiceField(choices=target_names())
    title = serializers.CharField()
    kind = serializers.CharField()
    arch = serializers.CharField()
    cpu = serializers.CharField()
    flash_bytes = serializers.IntegerField()
    ram_bytes = serializers.IntegerField()
    features = serializers.SerializerMethodField()

    def get_features(self, target: Target) -> list[str]:
        """Instruction-set extensions, sorted."""
        return sorted(target.features)


class PublicKeyOut(serializers.Serializer[Any]):
    """A public key and what it signs."""

    role = serializers.CharField()
    keyid = serializers.CharField()
    public = serializers.CharField()


class VersionWordsIn(StrictIn):
    """The versions to lay side by side: ids, separated by commas."""

    versions = serializers.RegexField(
        r"^ver_[0-9A-Za-z]{1,60}(,ver_[0-9A-Za-z]{1,60})*$", max_length=64 * COLUMNS_MAX
    )

    def validate_versions(self, value: str) -> list[str]:
        """Return each id once. Raises ValidationError for too many, or one alone."""
        words = list(dict.fromkeys(value.split(",")))
        if not 2 <= len(words) <= COLUMNS_MAX:
            message = f"name 2 to {COLUMNS_MAX} versions, with commas between."
            raise serializers.ValidationError(message)
        return words


class ColumnOut(serializers.Serializer[ModelVersion]):
    """The version of a column."""

    id = serializers.CharField(source="public_id")
    model = serializers.CharField(source="model.name")
    number = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]


class SheetRowOut(serializers.Serializer[SheetRow]):
    """One fact of each version; null where a version has none, `best` counts columns from 0."""

    part = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))
    differs = serializers.BooleanField()
    best = serializers.ListField(child=serializers.IntegerField())


class OperatorRowOut(serializers.Serializer[OperatorRow]):
    """One operator of each network, null where it has none there; `differs` names aspects."""

    kind = serializers.CharField()
    operators = serializers.ListField(child=serializers.JSONField(allow_null=True))
    differs = serializers.ListField(child=serializers.CharField())


class SheetOut(serializers.Serializer[Any]):
    """Versions side by side; `untold` are columns whose build says nothing of its network."""

    columns = ColumnOut(many=True)
    rows = SheetRowOut(many=True)
    operators = OperatorRowOut(many=True)
    untold = serializers.ListField(child=serializers.IntegerField())
