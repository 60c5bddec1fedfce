"""What goes in and out of the REST views; the rules live in the services."""

from typing import Any

from rest_framework import serializers

from fleet.lib.rest.strict import JsonIn, StrictIn
from registry.choices import DatasetKind, EntryKind, Format, VersionState
from registry.models import (
    NAME_MAX,
    REASON_MAX,
    TITLE_MAX,
    Alias,
    AliasMove,
    Dataset,
    Evaluation,
    Model,
    ModelVersion,
    Tombstone,
)
from registry.names import CLASSES_MAX

NUMBER_MAX: int = 2**31 - 1  # of a version, as its column holds it
WORD_MAX: int = 64  # characters of what names a version
DESCRIPTION_MAX: int = 20_000  # characters


class ModelIn(StrictIn):
    """A model to make."""

    name = serializers.CharField(max_length=NAME_MAX)
    title = serializers.CharField(max_length=TITLE_MAX, default="", allow_blank=True)
    description = serializers.CharField(max_length=DESCRIPTION_MAX, default="", allow_blank=True)


class StandingIn(StrictIn):
    """Whether an entry is archived, and why."""

    archived = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=REASON_MAX, required=False, allow_blank=True)


class DeletionIn(StrictIn):
    """Why an entry is deleted."""

    reason = serializers.CharField(max_length=REASON_MAX)


class ArchivedIn(StrictIn):
    """The filter of a list: what is archived is not in it, unless it is asked for or named."""

    archived = serializers.BooleanField(required=False)


class ModelChangeIn(StandingIn):
    """What people read of a model."""

    title = serializers.CharField(max_length=TITLE_MAX, required=False, allow_blank=True)
    description = serializers.CharField(
        max_length=DESCRIPTION_MAX, required=False, allow_blank=True
    )


class VersionChangeIn(StandingIn):
    """What people read of a version."""

    description = serializers.CharField(
        max_length=DESCRIPTION_MAX, required=False, allow_blank=True
    )


class ModelOut(serializers.ModelSerializer[Model]):
    """A model; `aliases` maps each name to the number of its version."""

    versions = serializers.IntegerField(source="version_count", read_only=True)
    aliases = serializers.SerializerMethodField()

    class Meta:
        model = Model
        fields = (
            "name", "title", "description", "versions", "aliases", "created_at", "updated_at",
            "archived_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_aliases(self, model: Model) -> dict[str, int]:
        """Return names and numbers."""
        return {alias.name: alias.version.number for alias in model.aliases.all()}


class VersionIn(StrictIn):
    """A version to push: the file, and what is said of it."""

    file = serializers.FileField()
    label = serializers.CharField(max_length=64, required=False)  # type: ignore[assignment]
    datasets = JsonIn(default=dict)
    metrics = JsonIn(default=dict)
    lineage = JsonIn(default=dict)
    class_names = JsonIn(default=list)  # type: ignore[arg-type]

    def validate_datasets(self, value: Any) -> dict[str, str]:
        """Require a flat object of known kinds."""
        if not isinstance(value, dict) or not set(value) <= set(DatasetKind.values):
            message = f"must be an object with the keys {', '.join(DatasetKind.values)}."
            raise serializers.ValidationError(message)
        return {str(kind): str(public_id) for kind, public_id in value.items()}

    def validate_class_names(self, value: Any) -> list[Any]:
        """Require a list; its members are judged by the service."""
        if not isinstance(value, list) or len(value) > CLASSES_MAX:
            message = f"must be a list of at most {CLASSES_MAX} names."
            raise serializers.ValidationError(message)
        return value


class EvaluationOut(serializers.ModelSerializer[Evaluation]):
    """What an engine measured."""

    dataset = serializers.CharField(source="dataset.public_id", read_only=True)

    class Meta:
        model = Evaluation
        fields = ("dataset", "engine", "metrics", "created_at")
        read_only_fields = fields


class VersionOut(serializers.ModelSerializer[ModelVersion]):
    """A version; `io_schema` and `ops` are empty while it is pending."""

    id = serializers.CharField(source="public_id", read_only=True)
    model = serializers.CharField(source="model.name", read_only=True)
    sha256 = serializers.CharField(source="blob_id", read_only=True)
    size_bytes = serializers.IntegerField(source="blob.size_bytes", read_only=True)
    datasets = serializers.SerializerMethodField()
    aliases = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()
    evaluations = EvaluationOut(many=True, read_only=True)

    class Meta:
        model = ModelVersion
        fields = (
            "id", "model", "number", "label", "format", "state", "reasons", "sha256", "size_bytes",
            "io_schema", "ops", "metrics", "lineage", "class_names", "datasets", "aliases",
            "evaluations", "created_by", "created_at", "decided_at", "description", "archived_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_datasets(self, version: ModelVersion) -> dict[str, str]:
        """Return kinds and public ids."""
        return {use.kind: use.dataset.public_id for use in version.version_datasets.all()}

    def get_aliases(self, version: ModelVersion) -> list[str]:
        """Return the names that lead here."""
        return [alias.name for alias in version.aliases.all()]

    def get_description(self, version: ModelVersion) -> str:
        """Return what people wrote of it."""
        origin = getattr(version, "origin", None)
        return origin.description if origin else ""


class VersionFilterIn(ArchivedIn):
    """The filters of a list of versions."""

    label = serializers.CharField(required=False, max_length=WORD_MAX)  # type: ignore[assignment]
    digest = serializers.RegexField(r"^[0-9a-f]{64}$", required=False, max_length=64)
    format = serializers.ChoiceField(required=False, choices=Format.choices)
    state = serializers.ChoiceField(required=False, choices=VersionState.choices)
    alias = serializers.CharField(required=False, max_length=WORD_MAX)
    op = serializers.RegexField(r"^[A-Za-z0-9_]{1,64}$", required=False, max_length=64)
    dataset = serializers.CharField(required=False, max_length=WORD_MAX)


class CompareIn(StrictIn):
    """The two sides of a comparison: each a number, a label, a digest or an alias."""

    def get_fields(self) -> dict[str, Any]:
        """Return `from` and `to`; the first is a word of Python's own."""
        return {side: serializers.CharField(max_length=WORD_MAX) for side in ("from", "to")}


class AliasMoveIn(StrictIn):
    """Where the alias shall point, and where the caller believes that it does."""

    version = serializers.IntegerField(min_value=1, max_value=NUMBER_MAX)
    expected = serializers.IntegerField(min_value=1, max_value=NUMBER_MAX, allow_null=True)


class AliasProtectIn(StrictIn):
    """Protect an alias, or lift that."""

    protected = serializers.BooleanField()


class AliasRemoveIn(StrictIn):
    """Where the caller believes that the alias points."""

    expected = serializers.IntegerField(min_value=1, max_value=NUMBER_MAX)


class AliasOut(serializers.ModelSerializer[Alias]):
    """An alias."""

    model = serializers.CharField(source="model.name", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    version_id = serializers.CharField(source="version.public_id", read_only=True)
    label = serializers.CharField(  # type: ignore[assignment]
        source="version.label", read_only=True
    )

    class Meta:
        model = Alias
        fields = (
            "model", "name", "version", "version_id", "label", "protected", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class AliasMoveOut(serializers.ModelSerializer[AliasMove]):
    """One move of an alias."""

    old = serializers.IntegerField(source="old.number", read_only=True, allow_null=True)
    new = serializers.IntegerField(source="new.number", read_only=True)

    class Meta:
        model = AliasMove
        fields = ("old", "new", "by", "created_at")
        read_only_fields = fields


class DatasetIn(StrictIn):
    """A dataset to store."""

    file = serializers.FileField()
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=DatasetKind.choices)


class DatasetFilterIn(ArchivedIn):
    """The filters of a list of datasets."""

    kind = serializers.ChoiceField(choices=DatasetKind.choices, required=False)
    name = serializers.CharField(required=False, max_length=80)
    digest = serializers.RegexField(r"^[0-9a-f]{64}$", required=False, max_length=64)


class DatasetOut(serializers.ModelSerializer[Dataset]):
    """A dataset; `x_shape` is the shape of one sample."""

    id = serializers.CharField(source="public_id", read_only=True)
    sha256 = serializers.CharField(source="blob_id", read_only=True)
    size_bytes = serializers.IntegerField(source="blob.size_bytes", read_only=True)
    x_shape = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Dataset
        fields = (
            "id", "name", "kind", "sha256", "size_bytes", "samples", "x_shape", "x_dtype",
            "has_labels", "created_by", "created_at", "archived_at",
        )  # fmt: skip
        read_only_fields = fields


class TombstoneFilterIn(StrictIn):
    """The filters of the list of what was deleted."""

    kind = serializers.ChoiceField(choices=EntryKind.choices, required=False)
    digest = serializers.RegexField(r"^[0-9a-f]{64}$", required=False, max_length=64)


class TombstoneOut(serializers.ModelSerializer[Tombstone]):
    """What was deleted; `subject` is its public id, of a model its name."""

    class Meta:
        model = Tombstone
        fields = (
            "kind", "subject", "title", "sha256", "size_bytes", "reason", "by", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ChangeOut(serializers.Serializer[Any]):
    """One difference between two versions."""

    before = serializers.JSONField(allow_null=True, source="from")
    after = serializers.JSONField(allow_null=True, source="to")
    step = serializers.FloatField(allow_null=True)


class CompareOut(serializers.Serializer[Any]):
    """What differs; every part maps a name to its change and is empty where nothing differs."""

    before = serializers.CharField()
    after = serializers.CharField()
    same_file = serializers.BooleanField()
    size_bytes = ChangeOut()
    format = ChangeOut(allow_null=True)
    io = serializers.DictField(child=ChangeOut())
    ops = serializers.DictField(child=ChangeOut())
    metrics = serializers.DictField(child=ChangeOut())
    evaluations = serializers.DictField(child=serializers.DictField(child=ChangeOut()))
    lineage = serializers.DictField(child=ChangeOut())
    datasets = serializers.DictField(child=ChangeOut())
    class_names = serializers.JSONField()
