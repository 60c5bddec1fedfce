"""`/livez`, `/readyz`, `/metrics`: for load balancers and monitors."""

from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric

from fleet.access.rest.authentication import SCHEME
from fleet.access.selectors import scopes_of_secret
from fleet.lib import measures
from fleet.lib.measures import protobuf
from fleet.telemetry.figures.families import fleet_families
from ota.backup import sqlite
from ota.trust.tuf import soundness

ATTENTION: Final = "needs attention"
METRICS_SCOPE: Final = "access.metrics"
REFUSAL: Final = "Metrics want a token: see 'Monitoring' in the manual.\n"


def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process can answer at all."""
    del request
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database is reached and migrated, else 503 with the reason.

    What a person has to look at is told beside: the service goes on meanwhile, so it is no 503.
    """
    del request
    if reason := not_ready():
        return JsonResponse({"status": reason}, status=503)
    if found := soundness.sentences():
        return JsonResponse({"status": ATTENTION, "troubles": found})
    return JsonResponse({"status": "ok"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with what is counted, as Prometheus' text or protobuf, to a caller that may read it.

    Native histograms come in protobuf alone: the text format has none.
    """
    if not may_read(request):
        headers = {"WWW-Authenticate": f'{SCHEME} realm="edgefleet"'}
        return HttpResponse(REFUSAL, status=401, headers=headers, content_type="text/plain")
    families = [*measures.counted(), *_of_the_fleet()]
    if protobuf.wanted(request.headers.get("Accept", "")):
        return HttpResponse(protobuf.encoded(families), content_type=protobuf.CONTENT_TYPE)
    return HttpResponse(measures.as_text(families), content_type=CONTENT_TYPE_LATEST)


def _of_the_fleet() -> list[Metric]:
    """What this process counted is told although the database is away: then above all."""
    try:
        return fleet_families()
    except DatabaseError:
        return []


def may_read(request: HttpRequest) -> bool:
    """Whether the caller brings the token of `EDGEFLEET_METRICS_TOKEN` or one with the scope
    `access.metrics`, or asks from this very machine where that is enough.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == SCHEME.lower():
        wanted = settings.EDGEFLEET_METRICS_TOKEN
        if wanted and constant_time_compare(secret.strip(), wanted):
            return True
        return METRICS_SCOPE in scopes_of_secret(secret.strip())
    return settings.EDGEFLEET_METRICS_LOOPBACK and _from_here(request)


def _from_here(request: HttpRequest) -> bool:
    """From a loopback address, and not through a proxy that has one."""
    through = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"} & request.META.keys()
    if through or settings.EDGEFLEET_PROXIES:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def not_ready() -> str | None:
    """Why this service cannot serve; None if it can."""
    try:
        if sqlite.is_copy():
            return "the restore of the database has not ended: run 'manage.py restore' again"
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are missing"
    except DatabaseError:
        return "the database does not answer"
    return None
