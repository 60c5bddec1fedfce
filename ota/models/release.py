"""A version that may be released: its artifacts for every target, and its approvals."""

from django.db import models
from django.db.models import Q

from fleet.lib import clock, ids
from fleet.lib.db import Timestamped
from fleet.lib.text.json_field import JsonField
from ota.choices import STATE_MAX, only, words
from ota.engine.states import ReleaseState

NOTES_MAX = 4000  # characters


def new_release_id() -> str:
    """Return a public id for a release."""
    return ids.new_id("rel")


class Release(Timestamped):
    """One version with a security counter, which never goes down."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_release_id, editable=False
    )
    version = models.ForeignKey(
        "registry.ModelVersion", on_delete=models.PROTECT, related_name="releases"
    )
    state = models.CharField(
        max_length=STATE_MAX, choices=words(ReleaseState), default=ReleaseState.DRAFT
    )
    counter = models.PositiveIntegerField(default=1)
    notes = models.TextField(max_length=NOTES_MAX, blank=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.public_id})"


class ReleaseArtifact(models.Model):
    """What a device of one target downloads; frozen when the release is published.

    `sha1` and `md5` are there because the protocol's older clients check nothing else.
    """

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="artifacts")
    target = models.CharField(max_length=64)
    artifact = models.ForeignKey("builds.Artifact", on_delete=models.PROTECT, related_name="+")
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
        return f"{self.filename} for {self.target}"


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
