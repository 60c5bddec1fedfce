"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.telemetry.api import export_views, views

INCIDENT = "incidents/<str:public_id>"

urlpatterns = [
    path("incidents/", views.Incidents.as_view(), name="incident-list"),
    path(f"{INCIDENT}/", views.Incident.as_view(), name="incident-detail"),
    path(
        f"{INCIDENT}/acknowledge/",
        views.IncidentAcknowledge.as_view(),
        name="incident-acknowledge",
    ),
    path(f"{INCIDENT}/resolve/", views.IncidentResolve.as_view(), name="incident-resolve"),
    path(
        "telemetry/versions/<str:public_id>/drift/",
        views.VersionDrift.as_view(),
        name="version-drift",
    ),
    path(
        "telemetry/versions/<str:public_id>/windows/",
        export_views.VersionWindows.as_view(),
        name="version-windows",
    ),
    path(
        "telemetry/devices/<str:public_id>/",
        views.DeviceTelemetry.as_view(),
        name="device-telemetry-summary",
    ),
]
