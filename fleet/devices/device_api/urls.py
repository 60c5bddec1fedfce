"""Routes that devices call."""

from django.urls import path

from device_agent.protocol import http
from fleet.devices.device_api import views

urlpatterns = [
    path(http.ENROL_PATH[1:], views.Enrol.as_view(), name="device-enrol"),
    path(http.CHALLENGE_PATH[1:], views.ChallengeView.as_view(), name="device-challenge"),
    path(http.SESSION_PATH[1:], views.SessionView.as_view(), name="device-session"),
    path(http.KEY_PATH[1:], views.Key.as_view(), name="device-key"),
]
