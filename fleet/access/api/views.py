"""REST: tokens, who am I, and the audit log."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access import audit, selectors, services
from fleet.access.accounts.actors import actor_of
from fleet.access.api import serializers
from fleet.access.audit import checkpoint
from fleet.access.models import ApiToken, AuditEntry
from fleet.access.rest.idempotency import idempotent
from fleet.access.rest.permissions import scopes_of_request
from fleet.lib.errors import Forbidden
from fleet.lib.rest.pages import StrictCursor
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView


class SequenceCursor(StrictCursor):
    """The newest entry first."""

    ordering = "-sequence"


class ApiTokens(StrictList[ApiToken]):
    """The caller's tokens (all of them for those who may change access), and making one."""

    scope = "access"
    read_scope = write_scope = "access.tokens"
    serializer_class = serializers.TokenOut

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Return the tokens that the caller may see."""
        return _visible(self.request)

    @takes(serializers.TokenIn)
    @extend_schema(responses={201: serializers.TokenMadeOut})
    @idempotent(redact=("secret",))
    def post(self, request: Request) -> Response:
        """Make a token for oneself; the secret is in this answer only."""
        token, secret = services.token_issue(
            owner=_user(request),
            by=actor_of(request),
            ceiling=scopes_of_request(request),
            **self.given,
        )
        body = serializers.TokenOut(token).data | {"secret": secret}
        return Response(body, status=201)


class ApiTokenDetail(StrictView):
    """One token: read it, or revoke it."""

    scope = "access"
    read_scope = write_scope = "access.tokens"

    @extend_schema(responses=serializers.TokenOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the token without its secret."""
        token = selectors.token_get(public_id, among=_visible(request))
        return Response(serializers.TokenOut(token).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Revoke the token permanently."""
        token = selectors.token_get(public_id, among=_visible(request))
        services.token_revoke(token=token, by=actor_of(request))
        return Response(status=204)


class Whoami(StrictView):
    """The caller as the service sees it: any valid credential may ask."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=serializers.WhoamiOut)
    def get(self, request: Request) -> Response:
        """Return name, roles, scopes, and the token in use."""
        actor, user = actor_of(request), _user(request)
        token = request.auth if isinstance(request.auth, ApiToken) else None
        body: dict[str, Any] = {
            "kind": str(actor.kind),
            "id": actor.id,
            "label": actor.label,
            "user": user.username,
            "roles": selectors.roles_of(user),
            "scopes": sorted(scopes_of_request(request)),
            "token": serializers.TokenOut(token).data if token else None,
        }
        return Response(body)


class AuditEntries(StrictList[AuditEntry]):
    """The audit log, newest first; `action` filters by prefix."""

    scope = "access"
    serializer_class = serializers.AuditEntryOut
    filters = serializers.AuditFilterIn
    pagination_class = SequenceCursor

    def get_queryset(self) -> QuerySet[AuditEntry]:
        """Return the entries that match the query."""
        return selectors.audit_entries(**self.asked)


class AuditVerdict(StrictView):
    """Whether the chain of the audit log is whole since its newest signed head."""

    scope = "access"

    @extend_schema(responses=serializers.AuditVerdictOut)
    def get(self, request: Request) -> Response:
        """Walk on from the newest signed head; `walked_from` says which entry came first.

        The whole chain is walked by `manage.py audit_verify`, and here while no head is signed.
        """
        del request
        verdict = audit.verify_new()
        found = {**vars(verdict), "whole": verdict.whole, "signed": checkpoint.newest()}
        return Response(serializers.AuditVerdictOut(found).data)


def _visible(request: Request) -> QuerySet[ApiToken]:
    return selectors.tokens_visible_to(_user(request), scopes_of_request(request))


def _user(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("Only people and their tokens may do this.")
    return request.user
