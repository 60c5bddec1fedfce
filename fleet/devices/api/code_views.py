"""REST: enrolment codes."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors
from fleet.devices.api import serializers
from fleet.devices.enrolment import codes
from fleet.devices.models import EnrolmentCode
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView


class Codes(StrictList[EnrolmentCode]):
    """All codes without their secrets, and making one."""

    scope = "devices"
    serializer_class = serializers.CodeOut

    def get_queryset(self) -> QuerySet[EnrolmentCode]:
        """Return all codes."""
        return selectors.codes()

    @takes(serializers.CodeIn)
    @extend_schema(responses={201: serializers.CodeMadeOut})
    @idempotent(redact=("code",))
    def post(self, request: Request) -> Response:
        """Make a code; it is in this answer only."""
        code, secret = codes.code_create(by=actor_of(request), **self.given)
        return Response(serializers.CodeOut(code).data | {"code": secret}, status=201)


class Code(StrictView):
    """One code: read it, or revoke it."""

    scope = "devices"

    @extend_schema(responses=serializers.CodeOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the code without its secret."""
        del request
        return Response(serializers.CodeOut(selectors.code_get(public_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Revoke the code: nobody can join with it from now on."""
        codes.code_revoke(code=selectors.code_get(public_id), by=actor_of(request))
        return Response(status=204)
