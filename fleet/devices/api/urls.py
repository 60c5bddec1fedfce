"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.devices.api import code_views, group_views, views

DEVICE = "devices/<str:public_id>"

urlpatterns = [
    path("devices/", views.Devices.as_view(), name="device-list"),
    path(f"{DEVICE}/", views.Device.as_view(), name="device-detail"),
    path(f"{DEVICE}/accept/", views.DeviceAccept.as_view(), name="device-accept"),
    path(f"{DEVICE}/reject/", views.DeviceReject.as_view(), name="device-reject"),
    path(f"{DEVICE}/decommission/", views.DeviceDecommission.as_view(), name="device-decommission"),
    path(f"{DEVICE}/target-token/", views.TargetToken.as_view(), name="device-target-token"),
    path(f"{DEVICE}/events/", views.DeviceEvents.as_view(), name="device-events"),
    path("groups/", group_views.Groups.as_view(), name="group-list"),
    path("groups/<str:name>/", group_views.Group.as_view(), name="group-detail"),
    path("groups/<str:name>/members/", group_views.Members.as_view(), name="group-members"),
    path("enrolment-codes/", code_views.Codes.as_view(), name="code-list"),
    path("enrolment-codes/<str:public_id>/", code_views.Code.as_view(), name="code-detail"),
]
