"""Routes that devices call."""

from django.urls import path

from fleet.telemetry.device_api import views

urlpatterns = [
    path(
        "device/v1/telemetry/<str:controller_id>",
        views.Telemetry.as_view(),
        name="device-telemetry",
    ),
]
