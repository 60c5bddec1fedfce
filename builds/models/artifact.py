"""One output of a build: bytes by digest, signed."""

from django.db import models
from django.db.models import Q

from builds.choices import ArtifactKind
from builds.models.build import Build
from fleet.lib import clock, ids
from fleet.lib.db.append_only import WriteOnce
from fleet.lib.text.json_field import JsonField


def new_artifact_id() -> str:
    """A public id for an artifact."""
    return ids.new_id("art")


class Artifact(WriteOnce):
    """A file of a build. `signature` is a DSSE envelope over its digest, length and meaning."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_artifact_id, editable=False
    )
    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=16, choices=ArtifactKind.choices)
    filename = models.CharField(max_length=120)
    blob = models.ForeignKey("registry.Blob", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    signature = JsonField()
    key_id = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["build", "filename"], name="artifact_filename_once_per_build"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(ArtifactKind.values)), name="artifact_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(key_id=""), name="artifact_is_signed"),
        ]

    def __str__(self) -> str:
        return self.filename
