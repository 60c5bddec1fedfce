"""One line for each task of a worker: which, for which request, how it ended, how long it took.

Guarantees: a failure is logged with its exception and counted by task; a periodic task that did
what it should is told at DEBUG only, unless it was slow.
"""

import logging
import time
from typing import Any, Final

from celery import signals

from fleet.lib import logs, measures

log = logging.getLogger(__name__)

SLOW_SECONDS: Final = 1.0
HEADER: Final = "request_id"


def sent(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Give a task the id of the request that starts it."""
    if headers is not None and (number := logs.request_id()):
        headers[HEADER] = number


def begun(task: Any, task_id: str, **_: Any) -> None:
    """Know the task in every line until it ends."""
    fields: dict[str, object] = {"task": task.name, "task_id": task_id}
    if number := getattr(task.request, HEADER, None):
        fields[HEADER] = number
    task.request.known = (logs.bind(**fields), time.perf_counter())


def failed(sender: Any, exception: BaseException, **_: Any) -> None:
    """Keep the exception for the line."""
    sender.request.failure = exception


def ended(task: Any, state: str | None = None, args: Any = (), **_: Any) -> None:
    """Tell and count."""
    token, began = getattr(task.request, "known", (None, time.perf_counter()))
    seconds = time.perf_counter() - began
    failure = getattr(task.request, "failure", None)
    told = str(state or "").lower()
    measures.TASKS.labels(task.name, told).inc()
    level = logging.INFO if args or seconds > SLOW_SECONDS else logging.DEBUG
    fields = {"state": told, "ms": round(seconds * 1000, 1), "ids": " ".join(map(str, args))}
    log.log(
        logging.ERROR if failure else level, "ended", extra={"fields": fields}, exc_info=failure
    )
    if token is not None:
        logs.unbind(token)


def connect() -> None:
    """Listen to Celery, and keep it from setting up logs of its own."""
    signals.setup_logging.connect(_leave_alone, weak=False, dispatch_uid="logs")
    signals.before_task_publish.connect(sent, weak=False, dispatch_uid="logs")
    signals.task_prerun.connect(begun, weak=False, dispatch_uid="logs")
    signals.task_failure.connect(failed, weak=False, dispatch_uid="logs")
    signals.task_postrun.connect(ended, weak=False, dispatch_uid="logs")


def _leave_alone(**_: Any) -> None:
    """`settings.LOGGING` holds, also for warnings, which are lines then."""
    logging.captureWarnings(capture=True)
