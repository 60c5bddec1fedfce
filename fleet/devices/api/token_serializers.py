"""What the REST views of tokens answer with."""

from rest_framework import serializers

from fleet.devices.models import ClientToken
from fleet.lib import clock


class ClientTokenOut(serializers.ModelSerializer[ClientToken]):
    """A token without its secret."""

    id = serializers.CharField(source="public_id", read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = ClientToken
        fields: tuple[str, ...] = (
            "id",
            "state",
            "made_by",
            "created_at",
            "used",
            "last_used_at",
            "ends_at",
        )
        read_only_fields: tuple[str, ...] = fields

    def get_state(self, token: ClientToken) -> str:
        """Return `active`, `ending` or `retired`."""
        return token.state(clock.now())


class ClientTokenMadeOut(ClientTokenOut):
    """A token that was just made. `token` is shown here, once, and never again."""

    token = serializers.CharField(read_only=True, allow_null=True)

    class Meta(ClientTokenOut.Meta):
        fields = (*ClientTokenOut.Meta.fields, "token")
        read_only_fields = fields
