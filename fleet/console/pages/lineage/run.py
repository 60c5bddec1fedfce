"""One run of training: what it was told, its curves, its files, and the versions made of it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from fleet.console.page import page, show
from fleet.console.svg.curve import curve
from registry.models import LoggedFile, MetricPoint, ModelVersion, Run
from registry.tracking import runs

CURVES_MAX: Final = 12
POINTS_MAX: Final = 120  # of one curve; of more, every second or tenth is drawn
FILES_MAX: Final = 100


@page("registry_read")
def run(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one run."""
    found = runs.run_get(public_id)
    files = LoggedFile.objects.filter(run=found) | LoggedFile.objects.filter(logged__run=found)
    versions = ModelVersion.objects.filter(origin__run=found).select_related("model")
    return show(
        request,
        "run.html",
        f"Run {found.name}",
        trail=[("Models", reverse("console:models"))],
        run=found,
        seconds=(found.ended_ms - found.started_ms) / 1000 if found.ended_ms else None,
        curves=curves(found),
        files=files.select_related("blob", "logged")[:FILES_MAX],
        versions=versions.order_by("model__name", "-number"),
    )


def curves(found: Run) -> list[tuple[str, SafeString]]:
    """Return each metric that has more than one value, drawn over its steps."""
    drawn: list[tuple[str, SafeString]] = []
    for key in list(found.metrics)[:CURVES_MAX]:
        rows = MetricPoint.objects.filter(run=found, key=key, value__isnull=False)
        points = [(step, value or 0.0) for step, value in rows.values_list("step", "value")]
        every = max(1, len(points) // POINTS_MAX)
        kept = [*points[:-1][::every], *points[-1:]]
        if len(kept) > 1:
            steps = [(f"step {step}", value) for step, value in kept]
            drawn.append((key, curve(f"{key} over its steps", steps)))
    return drawn
