"""Routes that devices call."""

from django.urls import path

from fleet.devices.device_api import views

urlpatterns = [
    path("device/v1/enrol", views.Enrol.as_view(), name="device-enrol"),
    path("device/v1/challenge", views.Challenge.as_view(), name="device-challenge"),
    path("device/v1/session", views.Session.as_view(), name="device-session"),
    path("device/v1/key", views.Key.as_view(), name="device-key"),
]
