"""The job of reading one uploaded version."""

from django.db import models
from django.db.models import Q

from fleet.lib.db import Timestamped
from fleet.lib.jobs import ACTIVE, Job, JobState


class Probe(Job, Timestamped):
    """One version to admit or reject."""

    version = models.OneToOneField(
        "registry.ModelVersion", on_delete=models.CASCADE, related_name="probe"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(JobState.values)), name="probe_state_is_known"
            ),
        ]
        indexes = [
            # serves the sweeper, which skips the many probes that are done
            models.Index(
                fields=["woken_at"], condition=Q(state__in=sorted(ACTIVE)), name="probe_active"
            ),
        ]

    def __str__(self) -> str:
        return f"probe of {self.version_id}"
