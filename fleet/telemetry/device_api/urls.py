"""Routes that devices call."""

from django.urls import path

from device_agent.protocol.http import TELEMETRY_PATH
from fleet.telemetry.device_api import views

urlpatterns = [
    path(
        f"{TELEMETRY_PATH[1:]}<str:controller_id>",
        views.Telemetry.as_view(),
        name="device-telemetry",
    ),
]
