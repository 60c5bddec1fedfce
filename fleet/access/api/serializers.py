"""What goes in and out of the REST views; the rules live in the services."""

from typing import Any

from rest_framework import serializers

from fleet.access.models import ApiToken, AuditEntry, AuditHead
from fleet.access.models.token import NAME_MAX
from fleet.access.rules.roles import SCOPES
from fleet.access.services import TOKEN_DAYS_MAX
from fleet.lib import clock
from fleet.lib.rest.strict import StrictIn

TOKEN_DAYS_DEFAULT: int = 90
WORD_MAX: int = 200  # characters of a filter


class AuditFilterIn(StrictIn):
    """Which entries of the log to list; `action` counts by its beginning."""

    action = serializers.CharField(required=False, max_length=WORD_MAX, default="")
    subject = serializers.CharField(required=False, max_length=WORD_MAX, default="")
    actor = serializers.CharField(required=False, max_length=WORD_MAX, default="")


class TokenIn(StrictIn):
    """A token to make."""

    name = serializers.CharField(max_length=NAME_MAX)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCOPES)), min_length=1, max_length=len(SCOPES)
    )
    days = serializers.IntegerField(
        min_value=1, max_value=TOKEN_DAYS_MAX, default=TOKEN_DAYS_DEFAULT
    )


class TokenOut(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "owner",
            "hint",
            "scopes",
            "state",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )
        read_only_fields = fields

    def get_state(self, token: ApiToken) -> str:
        """Return `active`, `expired` or `revoked`."""
        return token.state(clock.now())


class TokenMadeOut(TokenOut):
    """A token that was just made. The secret is shown here, once, and never again."""

    secret = serializers.CharField(read_only=True, allow_null=True)

    class Meta(TokenOut.Meta):
        fields = (*TokenOut.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class WhoamiOut(serializers.Serializer[Any]):
    """The caller as the service sees it."""

    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    user = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    token = TokenOut(allow_null=True)


class AuditEntryOut(serializers.ModelSerializer[AuditEntry]):
    """One entry of the log."""

    class Meta:
        model = AuditEntry
        fields = (
            "sequence",
            "at",
            "actor_kind",
            "actor_id",
            "actor_label",
            "action",
            "subject",
            "detail",
            "prev_hash",
            "hash",
        )
        read_only_fields = fields


class AuditHeadOut(serializers.ModelSerializer[AuditHead]):
    """How far the log went when its head was signed last, and the envelope that says so."""

    class Meta:
        model = AuditHead
        fields = ("entries", "head", "keyid", "signed_at", "envelope")
        read_only_fields = fields


class AuditVerdictOut(serializers.Serializer[Any]):
    """What a walk along the chain found."""

    whole = serializers.BooleanField()
    entries = serializers.IntegerField()
    head = serializers.CharField()
    broken_at = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    walked_from = serializers.IntegerField()
    signed = AuditHeadOut(allow_null=True)
