"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.devices.api import (
    chip_views,
    code_views,
    filter_views,
    group_views,
    key_views,
    token_views,
    views,
)

DEVICE = "devices/<str:public_id>"
GROUP = "groups/<str:name>"

urlpatterns = [
    path("devices/", views.Devices.as_view(), name="device-list"),
    path("devices-change/", views.DevicesChange.as_view(), name="devices-change"),
    path(f"{DEVICE}/", views.DeviceDetail.as_view(), name="device-detail"),
    path(f"{DEVICE}/accept/", views.DeviceAccept.as_view(), name="device-accept"),
    path(f"{DEVICE}/reject/", views.DeviceReject.as_view(), name="device-reject"),
    path(f"{DEVICE}/decommission/", views.DeviceDecommission.as_view(), name="device-decommission"),
    path(f"{DEVICE}/accept-children/", views.ChildrenAccept.as_view(), name="children-accept"),
    path(f"{DEVICE}/hold-children/", views.ChildrenHold.as_view(), name="children-hold"),
    path(f"{DEVICE}/tokens/", token_views.DeviceTokens.as_view(), name="device-tokens"),
    path(f"{DEVICE}/tokens/<str:token>/", token_views.DeviceToken.as_view(), name="device-token"),
    path(f"{DEVICE}/key-use/", key_views.KeyUseDetail.as_view(), name="device-key-use"),
    path(f"{DEVICE}/dismiss-key/", key_views.KeyDismiss.as_view(), name="device-dismiss-key"),
    path(f"{DEVICE}/revoke-key/", key_views.KeyRevoke.as_view(), name="device-revoke-key"),
    path(f"{DEVICE}/chip-secret/", chip_views.ChipSecrets.as_view(), name="device-chip-secret"),
    path(f"{DEVICE}/events/", views.DeviceEvents.as_view(), name="device-events"),
    path("device-filters/", filter_views.DeviceFilters.as_view(), name="device-filter-list"),
    path(
        "device-filters/<str:public_id>/",
        filter_views.DeviceFilterDetail.as_view(),
        name="device-filter-detail",
    ),
    path("groups/", group_views.Groups.as_view(), name="group-list"),
    path("group-preview/", group_views.GroupPreview.as_view(), name="group-preview"),
    path(f"{GROUP}/", group_views.GroupDetail.as_view(), name="group-detail"),
    path(f"{GROUP}/members/", group_views.Members.as_view(), name="group-members"),
    path(f"{GROUP}/tokens/", token_views.GroupTokens.as_view(), name="group-tokens"),
    path(f"{GROUP}/tokens/<str:token>/", token_views.GroupToken.as_view(), name="group-token"),
    path("enrolment-codes/", code_views.Codes.as_view(), name="code-list"),
    path("enrolment-codes/<str:public_id>/", code_views.Code.as_view(), name="code-detail"),
]
