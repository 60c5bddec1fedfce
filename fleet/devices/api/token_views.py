"""REST: target tokens of a device, gateway tokens of a group."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors
from fleet.devices.api import token_serializers as serializers
from fleet.devices.models import ClientToken, Device, Group
from fleet.devices.tokens import issue as tokens
from fleet.lib.rest.views import StrictList, StrictView


class HolderView:
    """Tokens have a device or a group; the address says which."""

    kwargs: dict[str, Any]

    def holder(self) -> Device | Group:
        """Return who has the tokens. Raises NotFound."""
        if "name" in self.kwargs:
            return selectors.group_get(self.kwargs["name"])
        return selectors.device_get(self.kwargs["public_id"])


class ClientTokens(HolderView, StrictList[ClientToken]):
    """All tokens of a holder without their secrets, and making one."""

    scope = "devices"
    serializer_class = serializers.ClientTokenOut

    def get_queryset(self) -> QuerySet[ClientToken]:
        """Return the holder's tokens."""
        return selectors.tokens(self.holder())

    @extend_schema(responses={201: serializers.ClientTokenMadeOut})
    @idempotent(redact=("token",))
    def post(self, request: Request, **kwargs: str) -> Response:
        """Make a token; it is in this answer only. The one before stays good until this is used."""
        del kwargs
        made, secret = tokens.token_issue(holder=self.holder(), by=actor_of(request))
        return Response(serializers.ClientTokenOut(made).data | {"token": secret}, status=201)


class DeviceTokens(ClientTokens):
    """Target tokens: for clients of other makers, which know no sessions."""


class GroupTokens(ClientTokens):
    """Gateway tokens: whoever has one speaks for the group's accepted devices."""


class ClientTokenDetail(HolderView, StrictView):
    """One token: retire it."""

    scope = "devices"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token: str, **kwargs: str) -> Response:
        """End the token now."""
        del kwargs
        row = selectors.token_get(self.holder(), token)
        tokens.token_retire(token=row, by=actor_of(request))
        return Response(status=204)


class DeviceToken(ClientTokenDetail):
    """One target token."""


class GroupToken(ClientTokenDetail):
    """One gateway token."""
