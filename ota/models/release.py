"""A version that may be released: its artifacts for every target, deltas to them, and approvals."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from fleet.lib import clock, ids
from fleet.lib.db import Timestamped
from fleet.lib.errors import Conflict
from fleet.lib.jobs import ACTIVE, Job, JobState
from fleet.lib.text.json_field import JsonField
from ota.choices import STATE_MAX, only, words
from ota.engine.states import ReleaseState

if TYPE_CHECKING:
    from registry.models import ModelVersion

NOTES_MAX = 4000  # characters
FLAGS_MAX = 120  # characters


def new_release_id() -> str:
    """Return a public id for a release."""
    return ids.new_id("rel")


class Release(Timestamped):
    """One version with a security counter, which never goes down."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_release_id, editable=False
    )
    # None where it holds software of others alone: then it has a name and a label of its own.
    version = models.ForeignKey(
        "registry.ModelVersion", on_delete=models.PROTECT, null=True, related_name="releases"
    )
    name = models.CharField(max_length=128, blank=True)
    own_label = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=STATE_MAX, choices=words(ReleaseState), default=ReleaseState.DRAFT
    )
    counter = models.PositiveIntegerField(default=1)
    notes = models.TextField(max_length=NOTES_MAX, blank=True)
    needs = JsonField(default=list, blank=True)  # of its devices: `ota.releases.needs`
    created_by = models.CharField(max_length=200)  # "kind:id", compared with the approver's
    created_label = models.CharField(max_length=200)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            only("state", ReleaseState, "release_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state=ReleaseState.PUBLISHED) | Q(published_at__isnull=False),
                name="release_published_says_when",
            ),
            # A double submission finds the first one instead of a twin.
            models.UniqueConstraint(
                fields=["version"],
                condition=~Q(state=ReleaseState.REVOKED),
                name="release_once_per_version",
            ),
            models.CheckConstraint(
                condition=Q(version__isnull=False, name="", own_label="")
                | (Q(version__isnull=True) & ~Q(name="") & ~Q(own_label="")),
                name="release_is_of_a_version_or_named",
            ),
            models.UniqueConstraint(
                fields=["name", "own_label"],
                condition=Q(version__isnull=True) & ~Q(state=ReleaseState.REVOKED),
                name="release_once_per_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.public_id})"

    @property
    def model_version(self) -> "ModelVersion":
        """The model's version, where only that makes sense. Raises Conflict without one."""
        if self.version is None:
            raise Conflict(f"{self.title} is software of another maker, and no model of ours.")
        return self.version

    @property
    def product(self) -> str:
        """What is released: a model's name, or that of the software."""
        return self.version.model.name if self.version is not None else self.name

    @property
    def label(self) -> str:
        """Which version of it."""
        return self.version.label if self.version is not None else self.own_label

    @property
    def title(self) -> str:
        """Both, for people."""
        return f"{self.product} {self.label}"


class ReleaseArtifact(models.Model):
    """What a device of one target downloads; frozen when the release is published.

    Without an artifact of a build it stands for the release's modules for that target (for any,
    where the target is empty), and its digests are those of their first file.

    `sha1` and `md5` are there because the protocol's older clients check nothing else.
    """

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="artifacts")
    target = models.CharField(max_length=64, blank=True)
    artifact = models.ForeignKey(
        "builds.Artifact", on_delete=models.PROTECT, null=True, related_name="+"
    )
    filename = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    sha1 = models.CharField(max_length=40)
    md5 = models.CharField(max_length=32)
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["target"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "target"], name="release_artifact_once_per_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} for {self.target or 'any target'}"

    @property
    def changed_at(self) -> datetime:
        """Since when it is as it is."""
        return self.release.published_at or self.release.created_at


class Delta(Job, Timestamped):
    """What makes the file of one digest out of that of another; of none, where `source` is empty.

    Known by both digests and by all that its making depends on, so that one that is made is every
    rollout's; `refused` where it would not be shorter than the file.
    """

    source = models.CharField(max_length=64, blank=True)
    target = models.CharField(max_length=64)
    flags = models.CharField(max_length=FLAGS_MAX)
    blob = models.ForeignKey("registry.Blob", on_delete=models.PROTECT, null=True, related_name="+")
    size_bytes = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            only("state", JobState, "delta_state_is_known"),
            models.UniqueConstraint(fields=["target", "source", "flags"], name="delta_once"),
            models.CheckConstraint(
                condition=~Q(state=JobState.SUCCEEDED)
                | Q(blob__isnull=False, size_bytes__isnull=False),
                name="delta_that_is_made_has_its_bytes",
            ),
        ]
        indexes = [
            # serves the sweeper, and rollouts that wait
            models.Index(
                fields=["woken_at"], condition=Q(state__in=sorted(ACTIVE)), name="delta_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source[:12] or 'nothing'} to {self.target[:12]}"


class Approval(models.Model):
    """One person's yes to a release."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="approvals")
    by = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    remark = models.CharField(max_length=500, blank=True)
    envelope = JsonField(
        null=True, blank=True
    )  # DSSE over `ota.trust.admission.approval.statement`
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["release", "by"], name="approval_once_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.label} approved {self.release_id}"
