"""Logs: one line an event on standard error, which whoever runs the service collects."""

from typing import Any

from fleet import env

# How a line of the log is written: `text` (key=value) or `json`.
EDGEFLEET_LOG_FORMAT = env.choice("EDGEFLEET_LOG_FORMAT", "text", ("text", "json"))
# The least that is logged: DEBUG, INFO, WARNING or ERROR.
EDGEFLEET_LOG_LEVEL = env.choice(
    "EDGEFLEET_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "fleet.lib.logs.formatter", "form": EDGEFLEET_LOG_FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": EDGEFLEET_LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # `fleet.access.rest.request_log` and `fleet.lib.logs.task` tell the same, and more, in one
        # line.
        "django.request": {"level": "CRITICAL"},
        "celery.app.trace": {"level": "CRITICAL"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},  # it warns that a folder has no host
        # It counts calls that wait, which is what a queue is for.
        "waitress.queue": {"level": "ERROR"},
        **{
            name: {"level": "WARNING"} for name in ("kombu", "amqp", "botocore", "urllib3", "httpx")
        },
    },
}
