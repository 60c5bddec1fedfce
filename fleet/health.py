"""`/livez`, `/readyz`, `/metrics`: for load balancers and monitors, without a login and without a
secret.
"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process can answer at all."""
    del request
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database is reached and migrated, else 503 with the reason."""
    del request
    reason = _not_ready()
    return JsonResponse({"status": reason or "ok"}, status=503 if reason else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with this process's counters in Prometheus' text format."""
    del request
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _not_ready() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are missing"
    except DatabaseError:
        return "the database does not answer"
    return None
