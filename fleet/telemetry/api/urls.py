"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.telemetry.api import capture_views, truth_views, views

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
        "telemetry/versions/<str:public_id>/labels/",
        truth_views.VersionLabels.as_view(),
        name="version-labels",
    ),
    path("captures/", capture_views.Captures.as_view(), name="captures"),
    path("captures/<str:public_id>/", capture_views.Capture.as_view(), name="capture"),
    path("captures/<str:public_id>/approve/", capture_views.CaptureApprove.as_view()),
    path("captures/<str:public_id>/refuse/", capture_views.CaptureRefuse.as_view()),
    path("captures/<str:public_id>/stop/", capture_views.CaptureStop.as_view()),
    path("telemetry/capture-key/", capture_views.CapturePublicKey.as_view(), name="capture-key"),
    path(
        "telemetry/devices/<str:public_id>/",
        views.DeviceTelemetry.as_view(),
        name="device-telemetry-summary",
    ),
]
