"""Background work: broker, queues, and what beats when. Tasks are named by strings; no task is
imported here.
"""

from typing import Any

from fleet import env
from fleet.settings.files import VAR_DIR

_BROKER_FOLDER = VAR_DIR / "broker"

# Address of the broker: folder://, redis://… or amqp://…
CELERY_BROKER_URL = env.secret("CELERY_BROKER_URL") or "folder://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("folder:"):
    for _name in ("queue", "processed", "control"):
        (_BROKER_FOLDER / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # One folder for both directions: what one process sends, another takes.
        "data_folder_in": str(_BROKER_FOLDER / "queue"),
        "data_folder_out": str(_BROKER_FOLDER / "queue"),
        "processed_folder": str(_BROKER_FOLDER / "processed"),
        "control_folder": str(_BROKER_FOLDER / "control"),
        "store_processed": False,
        "polling_interval": 0.1,  # seconds
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Without them, a Redis whose packets are lost would hold every request that starts work.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 3,  # seconds
        "socket_timeout": 5,  # seconds; workers ask anew every second
        "socket_keepalive": True,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ROUTES = {
    "builds.tasks.build_run": {"queue": "compile"},
    "builds.tasks.version_probe": {"queue": "compile"},
    "ota.tasks.audit_head_sign": {"queue": "sign"},
    "ota.tasks.delta_make": {"queue": "compile"},
    "ota.tasks.instructions_sign": {"queue": "sign"},
    "ota.tasks.repository_maintain": {"queue": "sign"},
    "ota.tasks.requests_sign": {"queue": "sign"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# Seconds between two looks at all live rollouts; cheap when there is none.
EDGEFLEET_TICK_SECONDS = env.decimal("EDGEFLEET_TICK_SECONDS", 2.0, least=0.2, most=300)
# Seconds between two judgements of every version's drift.
EDGEFLEET_DRIFT_SECONDS = env.decimal("EDGEFLEET_DRIFT_SECONDS", 300.0, least=0.5, most=86_400)
# Seconds between two sums of what devices reported.
EDGEFLEET_REFRESH_SECONDS = env.decimal("EDGEFLEET_REFRESH_SECONDS", 60.0, least=0.5, most=86_400)
# Seconds between two looks for jobs that a dead worker left.
EDGEFLEET_SWEEP_SECONDS = env.decimal("EDGEFLEET_SWEEP_SECONDS", 15.0, least=0.5, most=3_600)
# Seconds between two looks for messages whose next try is due.
EDGEFLEET_SEND_SECONDS = env.decimal("EDGEFLEET_SEND_SECONDS", 15.0, least=0.5, most=3_600)
# Seconds between two pushes of metrics, where EDGEFLEET_OTLP_ENDPOINT names a collector.
EDGEFLEET_OTLP_SECONDS = env.decimal("EDGEFLEET_OTLP_SECONDS", 60.0, least=1.0, most=3_600)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "rollout tick": {"task": "ota.tasks.rollouts_tick", "schedule": EDGEFLEET_TICK_SECONDS},
    "drift": {
        "task": "fleet.telemetry.tasks.drift_assess",
        "schedule": EDGEFLEET_DRIFT_SECONDS,
    },
    "true labels": {
        "task": "fleet.telemetry.tasks.concepts_assess",
        "schedule": EDGEFLEET_DRIFT_SECONDS,
    },
    "captured samples": {"task": "fleet.telemetry.tasks.captures_settle", "schedule": 60.0},
    "update repository": {"task": "ota.tasks.repository_maintain", "schedule": 600.0},
    "signing requests": {"task": "ota.tasks.requests_sign", "schedule": 15.0},
    "audit log's head": {"task": "ota.tasks.audit_head_sign", "schedule": 3_600.0},
    "rollups": {
        "task": "fleet.telemetry.tasks.rollups_refresh",
        "schedule": EDGEFLEET_REFRESH_SECONDS,
    },
    "metrics": {
        "task": "fleet.telemetry.tasks.metrics_push",
        "schedule": EDGEFLEET_OTLP_SECONDS,
    },
    "answered calls": {"task": "fleet.access.tasks.idempotency_purge", "schedule": 3_600.0},
    "used identities": {"task": "fleet.access.tasks.identities_purge", "schedule": 3_600.0},
    "blobs of nobody": {"task": "registry.tasks.blobs_sweep", "schedule": 86_400.0},
    "old reports": {"task": "fleet.telemetry.tasks.reports_purge", "schedule": 3_600.0},
    "messages": {
        "task": "fleet.telemetry.tasks.deliveries_send",
        "schedule": EDGEFLEET_SEND_SECONDS,
    },
    "old messages": {"task": "fleet.telemetry.tasks.deliveries_purge", "schedule": 3_600.0},
    "lost back-tests": {"task": "fleet.telemetry.tasks.backtests_sweep", "schedule": 60.0},
    "lost jobs": {
        "task": "builds.tasks.builds_sweep",
        "schedule": EDGEFLEET_SWEEP_SECONDS,
    },
    "lost deltas": {"task": "ota.tasks.deltas_sweep", "schedule": EDGEFLEET_SWEEP_SECONDS},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    # A beat that no worker took in time is worth nothing: the next one does the same.
    _entry["options"] = {"expires": max(2.0, float(_entry["schedule"]))}
