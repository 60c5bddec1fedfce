"""What MLflow's client sends, member by member."""

from typing import Any, Final

from rest_framework import serializers

from fleet.lib.text.strict_json import INTEGER_MAX
from registry.choices import LoggedState, RunState
from registry.mlflow.base import ClientIn, maybe, said
from registry.models import KEY_MAX, RUN_NAME_MAX, SOURCE_MAX
from registry.tracking.bounds import VALUE_MAX, WORDS

ID: Final = 64  # characters of a name of a row
BATCH_MAX: Final = 1000  # entries of one call
PAGE_MAX: Final = 50_000  # the client asks for as many; a page has fewer
FILTER_MAX: Final = 4000  # characters
STAGES: Final = ("ACTIVE_ONLY", "DELETED_ONLY", "ALL")
RUN_UNREAD: Final = frozenset({"run_uuid"})


def whole(**more: Any) -> serializers.IntegerField:
    """A whole number of 64 bits."""
    return serializers.IntegerField(min_value=-INTEGER_MAX, max_value=INTEGER_MAX, **more)


class ValueField(serializers.Field[Any, Any, Any, Any]):
    """A metric's value: a number, or the word of one that JSON does not know."""

    def to_internal_value(self, data: Any) -> float | str:
        """Return the number or the word."""
        if isinstance(data, str) and data in WORDS:
            return data
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("must be a number, NaN, Infinity or -Infinity.")
        return float(data)

    def to_representation(self, value: Any) -> Any:
        """Return it as it is."""
        return value


class PairIn(ClientIn):
    """A name and a value."""

    key = said(KEY_MAX)
    value = said(VALUE_MAX, default="", allow_null=True)


class PointIn(ClientIn):
    """A metric's value at a step."""

    unread = frozenset({"model_id", "dataset_name", "dataset_digest", "run_id"})
    key = said(KEY_MAX)
    value = ValueField()
    timestamp = whole()
    step = whole(default=0)


def many(shape: Any, limit: int = BATCH_MAX) -> Any:
    """A list of one shape, none or many; the stubs know no `many`."""
    return shape(many=True, default=list, max_length=limit)


def pairs() -> Any:
    """Names and values, none or many."""
    return many(PairIn)


def token() -> serializers.RegexField:
    """Where the page begins, as the answer before said."""
    return serializers.RegexField(r"^([0-9]{1,9})?$", max_length=9, default="", allow_blank=True)


class PageIn(ClientIn):
    """Which part of a list."""

    max_results = serializers.IntegerField(min_value=1, max_value=PAGE_MAX, default=100)
    page_token = token()


class SearchIn(PageIn):
    """A list that a filter cuts down."""

    filter = said(FILTER_MAX, default="")
    order_by = serializers.ListField(child=said(KEY_MAX), default=list, max_length=8)


class FilterIn(PageIn):
    """A list that a filter in the address cuts down."""

    filter = said(FILTER_MAX, default="")
    order_by = said(KEY_MAX, default="")


class ViewIn(SearchIn):
    """A list of what stands, what was put away, or both."""

    view_type = serializers.ChoiceField(choices=STAGES, default="ACTIVE_ONLY")


class ExperimentNameIn(ClientIn):
    """An experiment by its name."""

    experiment_name = said(KEY_MAX)


class ExperimentIdIn(ClientIn):
    """An experiment by its number."""

    experiment_id = said(ID)


class ExperimentIn(ClientIn):
    """An experiment to make; where its files lie is ours to say."""

    unread = frozenset({"artifact_location"})
    name = said(KEY_MAX)
    tags = pairs()


class ExperimentRenameIn(ExperimentIdIn):
    """Another name."""

    new_name = said(KEY_MAX)


class ExperimentTagIn(ExperimentIdIn, PairIn):
    """A tag of an experiment."""


class RunIn(ClientIn):
    """A run to begin."""

    unread = frozenset({"user_id"})
    experiment_id = said(ID, default="0")
    run_name = maybe(RUN_NAME_MAX)
    start_time = whole(required=False, allow_null=True)
    tags = pairs()


class RunIdIn(ClientIn):
    """A run by its id."""

    unread = RUN_UNREAD
    run_id = said(ID)


class RunUpdateIn(RunIdIn):
    """How a run goes."""

    status = serializers.ChoiceField(choices=RunState.choices, required=False, allow_null=True)
    end_time = whole(required=False, allow_null=True)
    run_name = maybe(RUN_NAME_MAX)


class RunPairIn(RunIdIn, PairIn):
    """A parameter or a tag of a run."""


class RunKeyIn(RunIdIn):
    """The name of a run's tag."""

    key = said(KEY_MAX)


class RunPointIn(RunIdIn, PointIn):
    """A value of a run's metric."""

    unread = PointIn.unread - {"run_id"} | RUN_UNREAD


class RunBatchIn(RunIdIn):
    """Everything at once."""

    metrics = many(PointIn)
    params = pairs()
    tags = pairs()


class DatasetNamedIn(ClientIn):
    """A dataset as the client names it."""

    unread = frozenset({"schema", "profile", "source", "source_type"})
    name = said(KEY_MAX)
    digest = said(KEY_MAX, default="")


class DatasetInputIn(ClientIn):
    """A dataset that a run read."""

    dataset = DatasetNamedIn()
    tags = pairs()


class RunInputsIn(RunIdIn):
    """What a run read."""

    unread = RUN_UNREAD | {"models"}
    datasets = many(DatasetInputIn)


class OutputIn(ClientIn):
    """A model that a run gave."""

    model_id = said(ID)
    step = whole(default=0)


class RunOutputsIn(RunIdIn):
    """What a run gave."""

    models = many(OutputIn)


class RunsSearchIn(SearchIn):
    """Runs of some experiments."""

    run_view_type = serializers.ChoiceField(choices=STAGES, default="ACTIVE_ONLY")
    experiment_ids = serializers.ListField(child=said(ID), default=list, max_length=100)


class HistoryIn(RunIdIn):
    """The curve of a metric."""

    metric_key = said(KEY_MAX)
    max_results = serializers.IntegerField(min_value=1, max_value=PAGE_MAX, default=25_000)
    page_token = token()


class RunFilesIn(RunIdIn):
    """A folder of a run."""

    unread = RUN_UNREAD | {"page_token"}
    path = said(SOURCE_MAX, default="")


class FolderIn(ClientIn):
    """A folder of all files."""

    path = said(SOURCE_MAX, default="")


class LoggedIn(ClientIn):
    """A logged model to begin."""

    experiment_id = said(ID)
    name = maybe(KEY_MAX)
    model_type = maybe(64)
    source_run_id = maybe(ID)
    params = pairs()
    tags = pairs()


class AllowDeletedIn(ClientIn):
    """The client's question for one that was put away; none is."""

    unread = frozenset({"allow_deleted"})


class LoggedStateIn(ClientIn):
    """Whether its files have come."""

    unread = frozenset({"model_id"})
    status = serializers.ChoiceField(
        choices=[f"LOGGED_MODEL_{state}" for state in ("READY", "UPLOAD_FAILED", "PENDING")]
    )

    def validate_status(self, value: str) -> LoggedState:
        """Return our own word."""
        word = value.removeprefix("LOGGED_MODEL_").removeprefix("UPLOAD_")
        return LoggedState(word)


class LoggedTagsIn(ClientIn):
    """Tags of a logged model."""

    unread = frozenset({"model_id"})
    tags = pairs()


class LoggedParamsIn(ClientIn):
    """Parameters of a logged model."""

    unread = frozenset({"model_id"})
    params = pairs()


class OrderIn(ClientIn):
    """What a list of logged models is ordered by."""

    unread = frozenset({"dataset_name", "dataset_digest"})
    field_name = said(KEY_MAX)  # type: ignore[assignment]  # a member of the body
    ascending = serializers.BooleanField(default=True)


class LoggedSearchIn(PageIn):
    """Logged models of some experiments."""

    unread = frozenset({"datasets"})
    experiment_ids = serializers.ListField(child=said(ID), default=list, max_length=100)
    filter = said(FILTER_MAX, default="")
    order_by = many(OrderIn, 8)


class ModelNameIn(ClientIn):
    """A model by its name."""

    name = said(KEY_MAX)


class ModelMakeIn(ModelNameIn):
    """A model to name."""

    unread = frozenset({"deployment_job_id"})
    tags = pairs()
    description = maybe(VALUE_MAX)


class ModelTextIn(ModelNameIn):
    """What people read of a model."""

    unread = frozenset({"deployment_job_id"})
    description = maybe(VALUE_MAX)


class ModelPairIn(ModelNameIn, PairIn):
    """A tag of a model."""


class ModelKeyIn(ModelNameIn):
    """The name of a model's tag."""

    key = said(KEY_MAX)


class NewestIn(ModelNameIn):
    """The newest version; there are no stages."""

    unread = frozenset({"stages"})


class AliasIn(ModelNameIn):
    """An alias of a model."""

    alias = said(KEY_MAX)


class AliasSetIn(AliasIn):
    """Where an alias shall lead."""

    version = said(ID)


class VersionMakeIn(ModelNameIn):
    """A version to register."""

    unread = frozenset({"run_link", "local_model_path", "model_id"})
    source = said(SOURCE_MAX)  # type: ignore[assignment]  # a member of the body
    run_id = maybe(ID)
    tags = pairs()
    description = maybe(VALUE_MAX)


class VersionNameIn(ModelNameIn):
    """A version by its number."""

    version = said(ID)


class VersionTextIn(VersionNameIn):
    """What people read of a version."""

    description = maybe(VALUE_MAX)


class VersionPairIn(VersionNameIn, PairIn):
    """A tag of a version."""


class VersionKeyIn(VersionNameIn):
    """The name of a version's tag."""

    key = said(KEY_MAX)


class FileIn(ClientIn):
    """The body of an upload, as one file."""

    file = serializers.FileField(allow_empty_file=True)
