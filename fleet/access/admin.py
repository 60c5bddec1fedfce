"""The admin's pages of this app: users and roles to keep, everything else to read."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from fleet.access import selectors, services
from fleet.access.accounts.actors import actor_of
from fleet.access.accounts.second_factor import factors_take_away
from fleet.access.models import (
    ApiToken,
    AuditEntry,
    AuditHead,
    IdempotencyKey,
    Role,
    SpentIdentity,
    TrustedPublisher,
)
from fleet.access.rules.roles import permission
from fleet.lib.web.read_only import ReadOnlyAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Users; only a superuser may touch one, or hand out that status."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "is_active", "is_superuser", "last_login")
    list_filter = ("groups", "is_active")
    actions = ("take_factors_away",)

    @admin.action(description="Take away second factors that were lost", permissions=["change"])
    def take_factors_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let the chosen people in by password, until they set up new factors."""
        for user in queryset:
            if not self.has_change_permission(request, user):
                messages.error(
                    request, f"{user.username} is a superuser: only another may do that."
                )
                continue
            count = factors_take_away(user=user, by=actor_of(request))
            messages.info(request, f"{user.username} had {count} factors, and has none now.")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep superusers out of reach of those who are none."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Single permissions and the superuser flag are a superuser's to give; roles are not."""
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        return (*fields, "is_superuser", "user_permissions")


@admin.register(Role)
class RoleAdmin(GroupAdmin, ReadOnlyAdmin):  # type: ignore[misc]
    """Roles as the table of the code has them."""


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens without their secrets: one's own, or all of them for those who may change access."""

    list_display = ("name", "owner", "hint", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("owner",)
    search_fields = ("name", "public_id", "owner__username")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Return what the REST API would show to the same person."""
        assert isinstance(request.user, User)  # noqa: S101 - the admin site lets nobody else in
        rows = super().get_queryset(request)
        visible = selectors.tokens_visible_to(request.user, selectors.scopes_of(request.user))
        mine: QuerySet[ApiToken] = rows.filter(pk__in=visible.values("pk"))
        return mine

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Revoking is for everybody who may keep tokens; whose, `get_queryset` says."""
        return request.user.has_perm(permission("access.tokens"))

    @admin.action(description="Revoke permanently", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revoke the chosen tokens."""
        for token in queryset:
            services.token_revoke(token=token, by=actor_of(request))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The log, newest first."""

    list_display = ("sequence", "at", "actor_label", "action", "subject")
    list_filter = ("actor_kind", "at")
    search_fields = ("=subject", "action", "actor_label")


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin):
    """What was signed of the log, newest first."""

    list_display = ("signed_at", "entries", "head", "keyid")
    date_hierarchy = "signed_at"


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Answered calls of the last day, for support."""

    list_display = ("key", "caller", "state", "status", "created_at", "expires_at")
    list_filter = ("state",)
    exclude = ("body",)


@admin.register(TrustedPublisher)
class TrustedPublisherPage(ReadOnlyAdmin):
    """Jobs that are trusted."""

    list_display = ("repository", "workflow", "model", "verb", "owner", "created_at")
    list_filter = ("kind", "verb")
    list_select_related = ("owner",)
    search_fields = ("public_id", "repository", "model")


@admin.register(SpentIdentity)
class SpentIdentityPage(ReadOnlyAdmin):
    """Identities that were used."""

    list_display = ("digest", "expires_at")
