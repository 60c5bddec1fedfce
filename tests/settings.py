"""Settings of the tests: the embedded default, faster and in a folder of its own."""

import os
import tempfile
from pathlib import Path

# One folder a test process: processes that share blobs and keys would spoil each other's tests.
# What a test starts itself inherits EDGEFLEET_VAR, and so works in the folder of its process.
if os.environ.get("EDGEFLEET_TESTS_OF") != (
    worker := os.environ.get("PYTEST_XDIST_WORKER", "main")
):
    os.environ["EDGEFLEET_TESTS_OF"] = worker
    os.environ["EDGEFLEET_VAR"] = tempfile.mkdtemp(prefix=f"edgefleet-tests-{worker}-")
os.environ.setdefault("SECRET_KEY", "tests only")
# Converters are too large to be installed by tests: those of the work tree are used, if any.
os.environ.setdefault(
    "EDGEFLEET_CONVERTERS_DIR", str(Path(__file__).resolve().parents[1] / "var/converters")
)

from fleet.settings import *  # noqa: F403
from fleet.settings import DATABASES, REST_FRAMEWORK, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
# Services are called, not awaited: what a test enqueues stays in memory.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
ALLOWED_HOSTS = ["*"]
# Counted in memory, which each test may forget; `tests/fleet/lib/test_counters_*` try the file.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASES["default"]["TEST"] = {"NAME": None}
EDGEFLEET_PRESENCE_SECONDS = 0  # no timer thread in tests
EDGEFLEET_ENROL_PER_MINUTE = 100_000  # all tests knock from one address
EDGEFLEET_API_PER_MINUTE = 1_000_000  # all tests come from one address
REST_FRAMEWORK["TEST_REQUEST_DEFAULT_FORMAT"] = "json"
