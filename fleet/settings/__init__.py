"""Every setting, from the environment only. Without any variable the embedded default runs:
SQLite, files under `var/`.

Production differs by variables: DATABASE_URL, CELERY_BROKER_URL, BLOB_STORE, SIGNING_KEY_*,
SECRET_KEY, ALLOWED_HOSTS. `fleet.checks` reads back what matters at start. The manual's table of
settings is made from the files of this folder.
"""

from typing import Any

import dj_database_url

from fleet import __version__, env
from fleet.lib.rest.refusals import COMPONENTS
from fleet.settings import files as settings_files
from fleet.settings.files import embedded_secret, storage

VAR_DIR = settings_files.VAR_DIR
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- The process ---------------------------------------------------------------------------------
# The kind of this process: web, worker, beat, build, signer, or command for a person at a terminal.
# In production each kind opens its own keys only: build and signer have some, command may all.
EDGEFLEET_PROCESS = env.text("EDGEFLEET_PROCESS", "command")
# Production rules: system checks name whatever is still the embedded default.
EDGEFLEET_PRODUCTION = env.flag("EDGEFLEET_PRODUCTION", default=False)
# Django's debug pages; never in production.
DEBUG = env.flag("DEBUG", default=False)
# Signs sessions and tokens; made once below EDGEFLEET_VAR when not given.
SECRET_KEY = env.secret("SECRET_KEY") or embedded_secret(VAR_DIR / "keys" / "django_secret")
# Keys that were SECRET_KEY before, with commas between: what they sealed still opens, and tokens
# hashed with them still count, but nothing new is made with them.
SECRET_KEY_FALLBACKS = [
    key.strip() for key in (env.secret("SECRET_KEY_FALLBACKS") or "").split(",") if key.strip()
]
# Host names that the web answers to, with commas between.
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
# What devices and links in mails see; absolute, without a slash at its end.
EDGEFLEET_PUBLIC_URL = env.text("EDGEFLEET_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

# --- Applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "fleet",
    "fleet.access",
    "registry",
    "builds",
    "fleet.devices",
    "fleet.telemetry",
    "ota",
    "fleet.console",  # before allauth, whose templates it has its own look for
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "fleet.access.rest.request_log.request_log",
    "fleet.lib.web.device_answers.device_answers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fleet.lib.web.nul.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "fleet.access.accounts.second_factor.second_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fleet.console.middleware.content_security_policy",
]
ROOT_URLCONF = "fleet.urls"
WSGI_APPLICATION = "fleet.wsgi.application"
APPEND_SLASH = False
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fleet.console.account_frame.account_frame",
            ]
        },
    }
]

# --- Database ------------------------------------------------------------------------------------
# Address of the database, such as postgresql://user:password@host/name.
DATABASE_URL = env.secret("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'db.sqlite3'}"
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Looks at a connection before each request without asking the server.
    DATABASES["default"]["ENGINE"] = "fleet.lib.db.postgresql"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that reads and then writes would otherwise fail at once when another
    # wrote between.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        " PRAGMA foreign_keys=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

# Counters of requests and wrong passwords, for the whole service: in Redis; without an address in a
# file that the processes of one machine share.
CACHE_URL = env.secret("CACHE_URL") or ""
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "fleet.lib.web.cache.SharedCounters", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {
        "BACKEND": "fleet.lib.web.counters.FileCounters",
        "LOCATION": str(VAR_DIR / "counters.sqlite3"),
    }
}

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Where blobs lie: file:///folder or s3://bucket/prefix?region_name=…
BLOB_STORE = env.text("BLOB_STORE", f"file://{VAR_DIR / 'blobs'}")
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "blobs": storage(BLOB_STORE),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # pages work before `collectstatic`, as `make up` runs
# Who sends the bytes of downloads: `service`; `accel:/prefix/` or `sendfile`, a proxy in front that
# reads the same files; `redirect`, the object store, for the clients below.
EDGEFLEET_DOWNLOADS = env.text("EDGEFLEET_DOWNLOADS", "service")
# How the User-Agent of clients that follow a redirect to another host begins, with commas between.
EDGEFLEET_REDIRECTED_AGENTS = env.words("EDGEFLEET_REDIRECTED_AGENTS", ("edgefleet-agent/",))
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # bytes of a body that is not a file
# Bytes of the largest model file that is taken.
EDGEFLEET_MODEL_MAX_BYTES = env.integer("EDGEFLEET_MODEL_MAX_BYTES", 256 * 1024 * 1024, least=1024)
# Bytes of the largest dataset that is taken.
EDGEFLEET_DATASET_MAX_BYTES = env.integer("EDGEFLEET_DATASET_MAX_BYTES", 1024**3, least=1024)
# Bytes that all files which training scripts log may take together.
EDGEFLEET_LOGGED_BYTES = env.integer("EDGEFLEET_LOGGED_BYTES", 50 * 1024**3, least=0)
# Files that one run or one logged model may have.
EDGEFLEET_LOGGED_FILES = env.integer("EDGEFLEET_LOGGED_FILES", 1000, least=1, most=100_000)

# --- Background work -----------------------------------------------------------------------------
from fleet.settings.celery import *  # noqa: E402 - one file, one idea

# --- Logs ----------------------------------------------------------------------------------------
from fleet.settings.logging import *  # noqa: E402 - one file, one idea

# --- People and programs -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
from fleet.settings.accounts import *  # noqa: E402 - one file, one idea
from fleet.settings.accounts import EDGEFLEET_PROXIES  # noqa: E402 - used below

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "fleet.access.rest.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["fleet.access.rest.permissions.Scoped"],
    "NUM_PROXIES": EDGEFLEET_PROXIES,
    "URL_FORMAT_OVERRIDE": None,  # `?format=tflite` filters versions; answers are always JSON
    "DEFAULT_THROTTLE_CLASSES": ["fleet.access.rest.throttles.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["fleet.lib.rest.rendering.WholeJsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["fleet.lib.rest.parsers.StrictJsonParser"],
    "DEFAULT_PAGINATION_CLASS": "fleet.lib.rest.pages.CreatedCursor",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "fleet.lib.rest.problems.problem_handler",
    "DEFAULT_SCHEMA_CLASS": "fleet.lib.rest.schema.StrictSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "EdgeFleet",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "APPEND_COMPONENTS": COMPONENTS,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "fleet.lib.rest.schema.any_value_may_be_null",
    ],
    # Several nouns have a `kind` and a `state`: each set of words has a name of its own.
    "ENUM_NAME_OVERRIDES": {
        "ArtifactKind": "builds.choices.ArtifactKind",
        "DatasetKind": "registry.choices.DatasetKind",
        "DeviceEventKind": "fleet.devices.choices.EventKind",
        "GroupKind": "fleet.devices.choices.GroupKind",
        "IncidentKind": "fleet.telemetry.choices.IncidentKind",
        "DeviceState": "fleet.devices.choices.DeviceState",
        "IncidentState": "fleet.telemetry.choices.IncidentState",
        "Severity": "fleet.telemetry.choices.Severity",
        "ActionState": "fleet.telemetry.choices.ActionState",
        "DeliveryState": "fleet.telemetry.choices.DeliveryState",
        "DestinationKind": "fleet.telemetry.choices.DestinationKind",
        "JobState": "fleet.lib.jobs.JobState",
        "VersionState": "registry.choices.VersionState",
    },
}

# --- Monitoring -----------------------------------------------------------------------------------
# A bearer token that may read /metrics, beside API tokens with the scope `access.metrics`.
EDGEFLEET_METRICS_TOKEN = env.secret("EDGEFLEET_METRICS_TOKEN") or ""
# May programs on this machine read /metrics without a token (default outside of production)?
EDGEFLEET_METRICS_LOOPBACK = env.flag(
    "EDGEFLEET_METRICS_LOOPBACK", default=not EDGEFLEET_PRODUCTION
)

# Where metrics are pushed as OTLP/HTTP JSON, such as `https://collector:4318/v1/metrics`.
EDGEFLEET_OTLP_ENDPOINT = env.address("EDGEFLEET_OTLP_ENDPOINT")
# Headers of the push, such as `authorization=Bearer abc,x-scope=fleet`; may be in a file.
EDGEFLEET_OTLP_HEADERS = env.pairs("EDGEFLEET_OTLP_HEADERS")
# Where the metrics find how many rollouts are in each state.
EDGEFLEET_ROLLOUT_STATES = "ota.selectors.rollout_states"

# --- Security ------------------------------------------------------------------------------------
HTTPS = EDGEFLEET_PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow it on this machine alone
CSRF_TRUSTED_ORIGINS = [EDGEFLEET_PUBLIC_URL]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True

# --- The domain: each limit with its unit --------------------------------------------------------
# --- The console: title, colours, menu ------------------------------------------------------------
from fleet.settings.console import *  # noqa: E402 - one file, one idea
from fleet.settings.domain import *  # noqa: E402 - one file, one idea
