"""Background work of builds. A task is one line and takes ids; the rows decide what is done."""

from celery import shared_task

from builds import sweep as pipeline_sweep
from builds.pipeline import run as pipeline_run
from builds.sources.admission import admit


@shared_task(name="builds.tasks.build_run")
def build_run(build_id: int) -> None:
    """Do one build."""
    pipeline_run.build_run(build_id=build_id)


@shared_task(name="builds.tasks.version_probe")
def version_probe(probe_id: int) -> None:
    """Read an uploaded version and tell the registry what it is."""
    admit.admission_run(probe_id=probe_id)


@shared_task(name="builds.tasks.builds_sweep")
def builds_sweep() -> None:
    """Wake what was lost."""
    pipeline_sweep.builds_sweep()
