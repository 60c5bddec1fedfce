"""Software of any make: modules with their files, and which releases hold them."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from fleet.lib import clock, ids
from fleet.lib.db import Timestamped
from fleet.lib.text.json_field import JsonField
from ota.choices import (
    COMPATIBLE_MAX,
    FILENAME_MAX,
    LABEL_MAX,
    NAME_MAX,
    STATE_MAX,
    TYPE_MAX,
    only,
    words,
)
from ota.foreign.facts import FileFormat
from ota.models.release import Release

# Added to a module's key where devices see it: below lie the files of our own builds.
NUMBERS_FROM = 1_000_000_000


def new_module_id() -> str:
    """Return a public id for a software module."""
    return ids.new_id("swm")


class SoftwareModule(Timestamped):
    """One piece of software of one version. `target` is the board it is for; empty for any."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_module_id, editable=False
    )
    name = models.CharField(max_length=NAME_MAX)
    version = models.CharField(max_length=LABEL_MAX)
    type = models.CharField(max_length=TYPE_MAX)
    target = models.CharField(max_length=64, blank=True)
    compatible = models.CharField(max_length=COMPATIBLE_MAX, blank=True)  # a device query
    description = models.CharField(max_length=500, blank=True)
    created_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version", "type"],
                condition=Q(removed_at__isnull=True),
                name="software_module_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def number(self) -> int:
        """The number under which devices and hawkBit's tools know it."""
        return NUMBERS_FROM + int(self.pk)


class SoftwareFile(models.Model):
    """A file as it was uploaded, and what could be read of it. `sha1` and `md5` are for old
    clients.
    """

    module = models.ForeignKey(SoftwareModule, on_delete=models.PROTECT, related_name="files")
    filename = models.CharField(max_length=FILENAME_MAX)
    format = models.CharField(max_length=STATE_MAX, choices=words(FileFormat))
    blob = models.ForeignKey("registry.Blob", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    sha1 = models.CharField(max_length=40)
    md5 = models.CharField(max_length=32)
    size_bytes = models.PositiveBigIntegerField()
    facts = JsonField(default=dict)  # `ota.foreign.facts.dump`
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            only("format", FileFormat, "software_file_format_is_known"),
            models.UniqueConstraint(
                fields=["module", "filename"], name="software_filename_once_per_module"
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def changed_at(self) -> datetime:
        """Since when it is as it is."""
        return self.created_at


class ReleaseModule(models.Model):
    """A module in a release, in the order in which devices are told of them."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="modules")
    module = models.ForeignKey(SoftwareModule, on_delete=models.PROTECT, related_name="releases")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["release", "module"], name="release_module_once"),
        ]

    def __str__(self) -> str:
        return f"{self.module} in {self.release_id}"
