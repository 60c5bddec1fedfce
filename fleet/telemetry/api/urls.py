"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.telemetry.api import export_views, views
from fleet.telemetry.api.alerts import handling_views as handling
from fleet.telemetry.api.alerts import notification_views as notifications
from fleet.telemetry.api.alerts import rule_views as rules
from fleet.telemetry.api.field import capture_views, truth_views

INCIDENT = "incidents/<str:public_id>"
DESTINATION = "destinations/<str:public_id>"
DELIVERY = "deliveries/<str:public_id>"

urlpatterns = [
    path("incidents/", views.Incidents.as_view(), name="incident-list"),
    path(f"{INCIDENT}/", views.IncidentDetail.as_view(), name="incident-detail"),
    path(
        f"{INCIDENT}/acknowledge/",
        views.IncidentAcknowledge.as_view(),
        name="incident-acknowledge",
    ),
    path(f"{INCIDENT}/resolve/", views.IncidentResolve.as_view(), name="incident-resolve"),
    path(f"{INCIDENT}/assign/", handling.IncidentAssign.as_view(), name="incident-assign"),
    path(f"{INCIDENT}/mute/", handling.IncidentMute.as_view(), name="incident-mute"),
    path(f"{INCIDENT}/unmute/", handling.IncidentUnmute.as_view(), name="incident-unmute"),
    path(f"{INCIDENT}/severity/", handling.IncidentSeverity.as_view(), name="incident-severity"),
    path(f"{INCIDENT}/runbook/", handling.IncidentRunbook.as_view(), name="incident-runbook"),
    path(f"{INCIDENT}/notes/", handling.IncidentNotes.as_view(), name="incident-notes"),
    path(f"{INCIDENT}/actions/", handling.IncidentActions.as_view(), name="incident-actions"),
    path("rules/", rules.AlertRules.as_view(), name="rule-list"),
    path("rules/actions/", rules.RuleActions.as_view(), name="rule-actions"),
    path("rules/backtest/", rules.Backtests.as_view(), name="rule-backtest"),
    path("rules/backtests/<str:public_id>/", rules.Backtest.as_view(), name="backtest-detail"),
    path("rules/<str:public_id>/", rules.AlertRuleView.as_view(), name="rule-detail"),
    path("destinations/", notifications.Destinations.as_view(), name="destination-list"),
    path(f"{DESTINATION}/", notifications.DestinationView.as_view(), name="destination-detail"),
    path(
        f"{DESTINATION}/enable/",
        notifications.DestinationEnable.as_view(),
        name="destination-enable",
    ),
    path(
        f"{DESTINATION}/disable/",
        notifications.DestinationDisable.as_view(),
        name="destination-disable",
    ),
    path(
        f"{DESTINATION}/rotate/",
        notifications.DestinationRotate.as_view(),
        name="destination-rotate",
    ),
    path(f"{DESTINATION}/test/", notifications.DestinationTest.as_view(), name="destination-test"),
    path("deliveries/", notifications.Deliveries.as_view(), name="delivery-list"),
    path(f"{DELIVERY}/", notifications.DeliveryView.as_view(), name="delivery-detail"),
    path(
        f"{DELIVERY}/redeliver/",
        notifications.DeliveryRedeliver.as_view(),
        name="delivery-redeliver",
    ),
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
