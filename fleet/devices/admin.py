"""The admin's pages of this app, for support: everything to read, nothing to change past the
services.
"""

from django.contrib import admin
from unfold.admin import TabularInline

from fleet.devices.models import (
    ChipSecret,
    ClientToken,
    Device,
    DeviceCount,
    DeviceEvent,
    DeviceFilter,
    EnrolmentCode,
    Group,
    GroupMember,
    KeyUse,
    RetiredKey,
)
from fleet.lib.web.read_only import ReadOnly, ReadOnlyAdmin


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """Devices."""

    list_display = ("name", "controller_id", "target", "state", "last_seen_at", "created_at")
    list_filter = ("state", "target")
    search_fields = ("public_id", "controller_id", "name", "key_fingerprint")


@admin.register(DeviceEvent)
class DeviceEventAdmin(ReadOnlyAdmin):
    """The timelines of all devices."""

    list_display = ("at", "device", "kind", "text")
    list_filter = ("kind",)
    list_select_related = ("device",)
    search_fields = ("device__public_id", "device__controller_id", "text")
    date_hierarchy = "at"


class MemberInline(ReadOnly, TabularInline):
    """Devices of a static group."""

    model = GroupMember
    extra = 0


@admin.register(ChipSecret)
class ChipSecretAdmin(ReadOnlyAdmin):
    """Which chips have a secret, without it."""

    list_display = ("device", "made_at", "made_by")
    list_select_related = ("device",)
    search_fields = ("device__public_id", "device__controller_id")
    exclude = ("sealed",)


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    """Groups."""

    list_display = ("name", "kind", "query", "created_at")
    list_filter = ("kind",)
    search_fields = ("public_id", "name")
    inlines = (MemberInline,)


@admin.register(DeviceFilter)
class DeviceFilterAdmin(ReadOnlyAdmin):
    """Filters of the list of devices that people keep."""

    list_display = ("name", "owner", "shared", "created_at")
    list_select_related = ("owner",)
    list_filter = ("shared",)
    search_fields = ("public_id", "name")


@admin.register(GroupMember)
class GroupMemberAdmin(ReadOnlyAdmin):
    """Members of static groups."""

    list_display = ("group", "device")
    list_select_related = ("group", "device")
    search_fields = ("group__name", "device__controller_id")


@admin.register(EnrolmentCode)
class EnrolmentCodeAdmin(ReadOnlyAdmin):
    """Enrolment codes without their secrets."""

    list_display = ("name", "uses", "uses_left", "auto_accept", "expires_at", "revoked_at")
    list_filter = ("auto_accept",)
    search_fields = ("public_id", "name")
    exclude = ("digest",)


@admin.register(ClientToken)
class ClientTokenAdmin(ReadOnlyAdmin):
    """Target tokens and gateway tokens without their secrets."""

    list_display = ("public_id", "device", "group", "made_by", "last_used_at", "ends_at")
    list_filter = ("newest",)
    list_select_related = ("device", "group")
    search_fields = ("public_id", "device__controller_id", "group__name")
    exclude = ("digest",)


@admin.register(KeyUse)
class KeyUseAdmin(ReadOnlyAdmin):
    """Which runs of an agent used a device's key."""

    list_display = ("device",)
    list_select_related = ("device",)
    search_fields = ("device__public_id", "device__controller_id")


@admin.register(RetiredKey)
class RetiredKeyAdmin(ReadOnlyAdmin):
    """Keys that were retired or revoked."""

    list_display = ("fingerprint", "device", "reason", "at")
    list_select_related = ("device",)
    search_fields = ("fingerprint", "device__controller_id")


@admin.register(DeviceCount)
class DeviceCountAdmin(ReadOnlyAdmin):
    """Changes of how many devices are of which kind."""

    list_display = ("state", "model", "version", "devices")
