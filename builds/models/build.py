"""One compile of a version for a target, as a job with a result, and its log of stages."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from builds.choices import Stage
from fleet.lib import clock, ids
from fleet.lib.db import Timestamped
from fleet.lib.jobs import ACTIVE, Job, JobState
from fleet.lib.text.json_field import JsonField

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from builds.models.artifact import Artifact

ACTIVE_STATES = sorted(ACTIVE)


def new_build_id() -> str:
    """A public id for a build."""
    return ids.new_id("bld")


class Build(Job, Timestamped):
    """The request, where it stands, and its report once it is done."""

    if TYPE_CHECKING:
        artifacts: RelatedManager["Artifact"]
        steps: RelatedManager["BuildStep"]

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_build_id, editable=False
    )
    version = models.ForeignKey(
        "registry.ModelVersion", on_delete=models.PROTECT, related_name="builds"
    )
    target = models.CharField(max_length=64)
    recipe = JsonField()
    cache_key = models.CharField(max_length=64)
    forced = models.BooleanField(default=False)
    requested_by = models.CharField(max_length=200)
    stage = models.CharField(max_length=16, choices=Stage.choices, blank=True)
    int8_model = models.ForeignKey(
        "builds.Int8Model", on_delete=models.PROTECT, null=True, blank=True, related_name="builds"
    )
    report = JsonField(null=True, blank=True)
    failure = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(JobState.values)), name="build_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.SUCCEEDED) | Q(report__isnull=False),
                name="build_succeeded_has_report",
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.REFUSED) | ~Q(failure=""),
                name="build_refused_says_why",
            ),
            # A cache hit must be unambiguous: one result for one set of inputs.
            models.UniqueConstraint(
                fields=["cache_key"],
                condition=Q(state=JobState.SUCCEEDED, forced=False),
                name="build_result_once_per_inputs",
            ),
            # A double submission waits for the first instead of burning a second worker.
            models.UniqueConstraint(
                fields=["cache_key"],
                condition=Q(state__in=ACTIVE_STATES),
                name="build_active_once_per_inputs",
            ),
        ]
        indexes = [
            # serves the sweeper, which skips the many builds that are done
            models.Index(
                fields=["woken_at"], condition=Q(state__in=ACTIVE_STATES), name="build_active"
            ),
            # serves the build matrix of a version and the lookup of its newest artifact
            models.Index(fields=["version", "target", "-created_at"], name="build_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.target})"

    @property
    def progress_percent(self) -> int:
        """How far the stages are, for a bar."""
        if self.state == JobState.SUCCEEDED:
            return 100
        stages = list(Stage.values)
        return 100 * stages.index(self.stage) // len(stages) if self.stage else 0


class BuildStep(models.Model):
    """One stage that an attempt finished: what people watch while a build runs."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="steps")
    attempt = models.PositiveIntegerField()
    stage = models.CharField(max_length=16, choices=Stage.choices)
    worker = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    seconds = models.FloatField()
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["build", "attempt", "stage"], name="build_step_once_per_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.build_id} {self.stage}"
