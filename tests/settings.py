"""Settings of the tests: the embedded default, faster and in a folder of its own."""

import os
import tempfile

os.environ.setdefault("EDGEFLEET_VAR", tempfile.mkdtemp(prefix="edgefleet-tests-"))
os.environ.setdefault("SECRET_KEY", "tests only")

from fleet.settings import *  # noqa: F403
from fleet.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
# Services are called, not awaited: what a test enqueues stays in memory.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
ALLOWED_HOSTS = ["*"]
DATABASES["default"]["TEST"] = {"NAME": None}
EDGEFLEET_PRESENCE_SECONDS = 0  # no timer thread in tests
EDGEFLEET_ENROL_PER_MINUTE = 100_000  # all tests knock from one address
EDGEFLEET_API_PER_MINUTE = 1_000_000  # all tests come from one address
