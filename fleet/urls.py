"""The only place that mounts all apps."""

from django.urls import include, path
from django.views.generic import RedirectView

from fleet import health
from fleet.api_document import Document, Pages
from fleet.lib.rest import plain_errors

API_APPS = (
    "fleet.access",
    "registry",
    "builds",
    "fleet.devices",
    "fleet.telemetry",
    "ota",
)
DEVICE_URLS = (
    "fleet.devices.device_api.urls",
    "fleet.telemetry.device_api.urls",
    "ota.trust.urls",
    "ota.ddi.urls",
)

MANAGEMENT_URLS = ("ota.hawkbit.urls",)  # tools of hawkBit; switched off by default
TRACKING_URLS = ("registry.mlflow.urls",)  # MLflow's client, below this service's own address

handler400 = plain_errors.bad_request
handler404 = plain_errors.not_found
handler500 = "fleet.failures.server_error"

urlpatterns = [
    path("", RedirectView.as_view(url="/console/"), name="home"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/schema/", Document.as_view(), name="schema"),
    path("api/v1/docs/", Pages.as_view(url_name="schema"), name="api-docs"),
    *(path("api/v1/", include(f"{app}.api.urls")) for app in API_APPS),
    path("console/", include("fleet.console.urls")),
    *(path("", include(urls)) for urls in (*DEVICE_URLS, *MANAGEMENT_URLS, *TRACKING_URLS)),
]
