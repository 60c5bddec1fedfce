"""Counters of this service for Prometheus. All processes of one machine count together where
`PROMETHEUS_MULTIPROC_DIR` names a folder, as `manage.py up` and `manage.py web` do.
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    PlatformCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import ValueClass

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

RESPONSES: Final = Counter(
    "edgefleet_http_responses",
    "Answers by route, method and status.",
    ("route", "method", "status"),
)
SECONDS: Final = Counter(
    "edgefleet_http_seconds", "Seconds that calls took, by route.", ("route", "method")
)
TASKS: Final = Counter("edgefleet_tasks", "Tasks of workers by how they ended.", ("task", "state"))


def answered(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    known = method if method in METHODS else "other"
    RESPONSES.labels(route, known, str(status)).inc()
    SECONDS.labels(route, known).inc(seconds)


def begin() -> None:
    """Forget what the processes of an earlier run have counted."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        for path in Path(folder).glob("*.db"):
            path.unlink(missing_ok=True)


def exposed() -> bytes:
    """Return all counters in Prometheus' text format."""
    registry = REGISTRY
    if ValueClass.__name__ == "MmapedValue":
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        PlatformCollector(registry)
    return generate_latest(registry)
