"""The admin's pages of this app, for support: everything to read, nothing to change past the
services.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from fleet.devices.models import Device, DeviceEvent, EnrolmentCode, Group, GroupMember


class ReadOnly:
    """Rows are made, changed and removed by services only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        del request, obj
        return False


@admin.register(Device)
class DeviceAdmin(ReadOnly, ModelAdmin):
    """Devices."""

    list_display = ("name", "controller_id", "target", "state", "last_seen_at", "created_at")
    list_filter = ("state", "target")
    search_fields = ("public_id", "controller_id", "name", "key_fingerprint")
    exclude = ("target_token_digest",)


@admin.register(DeviceEvent)
class DeviceEventAdmin(ReadOnly, ModelAdmin):
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


@admin.register(Group)
class GroupAdmin(ReadOnly, ModelAdmin):
    """Groups."""

    list_display = ("name", "kind", "query", "created_at")
    list_filter = ("kind",)
    search_fields = ("public_id", "name")
    inlines = (MemberInline,)


@admin.register(GroupMember)
class GroupMemberAdmin(ReadOnly, ModelAdmin):
    """Members of static groups."""

    list_display = ("group", "device")
    list_select_related = ("group", "device")
    search_fields = ("group__name", "device__controller_id")


@admin.register(EnrolmentCode)
class EnrolmentCodeAdmin(ReadOnly, ModelAdmin):
    """Enrolment codes without their secrets."""

    list_display = ("name", "uses", "uses_left", "auto_accept", "expires_at", "revoked_at")
    list_filter = ("auto_accept",)
    search_fields = ("public_id", "name")
    exclude = ("digest",)
