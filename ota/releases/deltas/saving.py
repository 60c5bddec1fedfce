"""What deltas save: in the plan of a rollout, and in its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from fleet.lib.jobs import JobState
from ota.models import Assignment, Delta, ReleaseArtifact
from ota.releases.deltas.asking import FLAGS, WHOLE


@dataclass(frozen=True, slots=True)
class Prices:
    """How many bytes make a file of what a device runs, where that was made already."""

    shorter: Mapping[tuple[str, str], int]  # by target and source

    def size_bytes(self, artifact: ReleaseArtifact, runs: str) -> int:
        """Return the least that a device downloads of a file."""
        sources = (runs, WHOLE)
        found = [self.shorter.get((artifact.sha256, source)) for source in sources]
        return min([size for size in found if size is not None], default=artifact.size_bytes)


@dataclass(frozen=True, slots=True)
class Saving:
    """What devices fetched of the files of our builds."""

    devices: int  # that took a delta
    fetched_bytes: int  # by all that took the release
    whole_bytes: int  # that would have been without deltas

    @property
    def saved_bytes(self) -> int:
        """The difference."""
        return self.whole_bytes - self.fetched_bytes


def prices(artifacts: Sequence[ReleaseArtifact]) -> Prices:
    """Return what is made of deltas to these files."""
    rows = Delta.objects.filter(
        target__in=[each.sha256 for each in artifacts], flags=FLAGS, state=JobState.SUCCEEDED
    )
    found = rows.values_list("target", "source", "size_bytes")
    return Prices({(target, source): size or 0 for target, source, size in found})


def saving_of(took: QuerySet[Assignment]) -> Saving:
    """Return what these updates, which all succeeded, cost and saved."""
    whole = F("artifact__size_bytes")
    told = took.order_by().aggregate(
        whole=Sum(whole), fetched=Sum(Coalesce(F("delta__size_bytes"), whole))
    )
    devices = took.filter(delta__isnull=False).count()
    return Saving(devices, told["fetched"] or 0, told["whole"] or 0)
