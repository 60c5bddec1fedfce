"""Metrics pushed to a collector of OpenTelemetry, where the environment names one.

Guarantees: an answer is waited for a few seconds and read for a few bytes; what the collector
refuses is a line in the log, never an error of the service; no header of it is ever logged.
"""

import json
import logging
from typing import Final
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

from fleet import __version__
from fleet.lib import clock, measures
from fleet.lib.measures import otlp
from fleet.telemetry.figures.families import fleet_families

log = logging.getLogger(__name__)
TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=5.0)  # seconds
ANSWER_MAX: Final = 4096  # bytes of an answer that are read
ACCEPTED: Final = range(200, 300)


def metrics_push() -> bool:
    """Send one export; return whether the collector took it. Does nothing without an endpoint."""
    if not settings.EDGEFLEET_OTLP_ENDPOINT:
        return False
    families = [*measures.counted(), *fleet_families()]
    resource = {"service.name": "edgefleet", "service.version": __version__}
    found = otlp.document(families, clock.now(), resource)
    return _post(json.dumps(found, allow_nan=False).encode())


def _post(body: bytes) -> bool:
    where = urlsplit(settings.EDGEFLEET_OTLP_ENDPOINT).hostname
    headers = {"Content-Type": "application/json"} | settings.EDGEFLEET_OTLP_HEADERS
    pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)
    try:
        answer = pool.request(
            "POST",
            settings.EDGEFLEET_OTLP_ENDPOINT,
            body=body,
            headers=headers,
            redirect=False,
            preload_content=False,
        )
        status = answer.status
        answer.read(ANSWER_MAX)
        answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        log.warning("metrics were not pushed to %s: %s", where, type(error).__name__)
        return False
    if status not in ACCEPTED:
        log.warning("metrics were refused by %s with status %d", where, status)
    return status in ACCEPTED
