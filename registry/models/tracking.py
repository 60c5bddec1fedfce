"""What training scripts tell of themselves: experiments, runs, curves, and the files they log.

Parameters, tags and the newest value of each metric are documents of the run, each bounded by
`registry.tracking.bounds`; every value of a metric is a row, so that a curve can be read.
"""

from uuid import uuid4

from django.db import models

from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.text.json_field import JsonField
from registry.choices import LoggedState, RunState
from registry.models.blob import Blob
from registry.models.model import Model
from registry.models.version import ModelVersion

ID_LENGTH: int = 34  # characters: 32 hexadecimal digits, after `m-` for a logged model
EXPERIMENT_NAME_MAX: int = 250  # characters
RUN_NAME_MAX: int = 250
KEY_MAX: int = 250  # of a parameter, a metric or a tag
PATH_MAX: int = 500  # of a logged file
SOURCE_MAX: int = 600  # of what a version was registered from


def run_id() -> str:
    """A public id for a new run, of the form that clients expect."""
    return uuid4().hex


def logged_id() -> str:
    """A public id for a new logged model."""
    return f"m-{uuid4().hex}"


class Experiment(Timestamped):
    """Runs that belong together."""

    name = models.CharField(max_length=EXPERIMENT_NAME_MAX, unique=True)
    tags = JsonField(default=dict, blank=True)
    deleted = models.BooleanField(default=False)
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.name


class Run(Timestamped):
    """One training. `metrics` holds the newest value of each; times of the client are milliseconds
    since 1970.
    """

    public_id = models.CharField(max_length=ID_LENGTH, unique=True, default=run_id, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=RUN_NAME_MAX)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.RUNNING)
    params = JsonField(default=dict, blank=True)
    tags = JsonField(default=dict, blank=True)
    metrics = JsonField(default=dict, blank=True)
    inputs = JsonField(default=list, blank=True)  # datasets, as the client named them
    outputs = JsonField(default=list, blank=True)  # logged models
    points = models.PositiveIntegerField(default=0, editable=False)
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True, blank=True)
    deleted = models.BooleanField(default=False)
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("-started_ms", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="registry_run_state"
            ),
        ]
        indexes = [
            # serves tracking.runs_search: the newest of an experiment first
            models.Index(fields=("experiment", "-started_ms"), name="registry_run_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class MetricPoint(models.Model):
    """One value of a metric; `word` is NaN, Infinity or -Infinity where `value` is null."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="metric_points")
    key = models.CharField(max_length=KEY_MAX)
    value = models.FloatField(null=True)
    word = models.CharField(max_length=9, blank=True)
    step = models.BigIntegerField()
    at_ms = models.BigIntegerField()

    class Meta:
        ordering = ("step", "at_ms", "pk")
        constraints = [
            # A client that heard no answer says the same again; it serves the curve, too.
            models.UniqueConstraint(
                fields=("run", "key", "step", "at_ms", "value"), name="registry_metric_point_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.word or self.value}"


class LoggedModel(Timestamped):
    """A folder that a client calls a model; what of it can be built becomes a version."""

    public_id = models.CharField(
        max_length=ID_LENGTH, unique=True, default=logged_id, editable=False
    )
    experiment = models.ForeignKey(
        Experiment, on_delete=models.PROTECT, related_name="logged_models"
    )
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.PROTECT, related_name="logged_models"
    )
    name = models.CharField(max_length=RUN_NAME_MAX)
    kind = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=16, choices=LoggedState.choices, default=LoggedState.PENDING
    )
    params = JsonField(default=dict, blank=True)
    tags = JsonField(default=dict, blank=True)
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=LoggedState.values), name="registry_logged_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


class LoggedFile(models.Model):
    """A file of a run or of a logged model, by its path; written again, it has other bytes."""

    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="files")
    logged = models.ForeignKey(
        LoggedModel, null=True, on_delete=models.CASCADE, related_name="files"
    )
    path = models.CharField(max_length=PATH_MAX)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="logged_files")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("path",)
        constraints = [
            models.UniqueConstraint(
                fields=("run", "path"),
                condition=models.Q(run__isnull=False),
                name="registry_logged_file_of_run",
            ),
            models.UniqueConstraint(
                fields=("logged", "path"),
                condition=models.Q(logged__isnull=False),
                name="registry_logged_file_of_model",
            ),
            models.CheckConstraint(
                condition=models.Q(run__isnull=False, logged__isnull=True)
                | models.Q(run__isnull=True, logged__isnull=False),
                name="registry_logged_file_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.path


class ModelNote(models.Model):
    """Tags of a model."""

    model = models.OneToOneField(Model, on_delete=models.CASCADE, related_name="note")
    tags = JsonField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.model}"


class VersionOrigin(models.Model):
    """What a version was registered from, and what is said of it afterwards."""

    version = models.OneToOneField(ModelVersion, on_delete=models.CASCADE, related_name="origin")
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.PROTECT, related_name="origins"
    )
    logged = models.ForeignKey(
        LoggedModel, null=True, blank=True, on_delete=models.PROTECT, related_name="origins"
    )
    source = models.CharField(max_length=SOURCE_MAX, blank=True)
    description = models.TextField(blank=True)
    tags = JsonField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.version}: {self.source}"
