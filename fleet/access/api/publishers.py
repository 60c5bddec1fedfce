"""REST: which CI jobs are trusted, and the token that one of them gets for showing who it is."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.models import MODEL_MAX, URL_MAX, WORD_MAX, TrustedPublisher
from fleet.access.rest.idempotency import idempotent
from fleet.access.rules.identity import IDENTITY_MAX
from fleet.access.rules.verbs import VERBS
from fleet.access.trusted import publishers
from fleet.lib.errors import Forbidden
from fleet.lib.rest.strict import StrictIn
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView


class PublisherIn(StrictIn):
    """A job to trust. `account_id` is the number of the repository's owner, or of the namespace."""

    issuer = serializers.CharField(max_length=URL_MAX)
    repository = serializers.RegexField(
        r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$", max_length=WORD_MAX
    )
    account_id = serializers.RegexField(r"^[0-9]{1,30}$", max_length=30)
    workflow = serializers.RegexField(r"^[A-Za-z0-9._/-]+\.ya?ml$", max_length=WORD_MAX)
    environment = serializers.CharField(max_length=WORD_MAX, default="", allow_blank=True)
    refs = serializers.RegexField(
        r"^refs/(?:tags|heads)/[A-Za-z0-9._/-]*\*?$", max_length=WORD_MAX, default="refs/tags/*"
    )
    model = serializers.RegexField(r"^[a-z0-9][a-z0-9-]*$", max_length=MODEL_MAX)
    verb = serializers.ChoiceField(choices=sorted(VERBS))


class PublisherOut(serializers.ModelSerializer[TrustedPublisher]):
    """A job that is trusted; its tokens act for `owner`."""

    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = TrustedPublisher
        fields = (
            "id", "issuer", "kind", "repository", "account_id", "workflow", "environment", "refs",
            "model", "verb", "owner", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class IdentityIn(StrictIn):
    """What a job shows, and what it wants to do."""

    identity = serializers.CharField(max_length=IDENTITY_MAX)
    model = serializers.CharField(max_length=MODEL_MAX)
    verb = serializers.ChoiceField(choices=sorted(VERBS))


class ShortTokenOut(serializers.Serializer[Any]):
    """A token for one model and one verb."""

    secret = serializers.CharField()
    model = serializers.CharField()
    verb = serializers.CharField()
    expires_at = serializers.DateTimeField()


class Publishers(StrictList[TrustedPublisher]):
    """The jobs that are trusted, and trusting one."""

    scope = "access"
    serializer_class = PublisherOut

    def get_queryset(self) -> QuerySet[TrustedPublisher]:
        """Return all of them."""
        return publishers.publishers_all()

    @takes(PublisherIn)
    @extend_schema(responses={201: PublisherOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Trust a job; its tokens act for the caller, and have at most the caller's rights."""
        if not isinstance(request.user, User):
            raise Forbidden("Only people and their tokens may do this.")
        made = publishers.publisher_trust(owner=request.user, by=actor_of(request), **self.given)
        return Response(PublisherOut(made).data, status=201)


class PublisherDetail(StrictView):
    """One trusted job."""

    scope = "access"

    @extend_schema(responses=PublisherOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return it."""
        del request
        return Response(PublisherOut(publishers.publisher_get(public_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Trust it no longer."""
        found = publishers.publisher_get(public_id)
        publishers.publisher_forget(publisher=found, by=actor_of(request))
        return Response(status=204)


class IdentityExchange(StrictView):
    """Open to everybody who shows a signed identity: that is the credential."""

    authentication_classes = ()
    permission_classes = ()

    @takes(IdentityIn)
    @extend_schema(responses=ShortTokenOut, auth=[])
    def post(self, request: Request) -> Response:
        """Give a token for fifteen minutes. An identity is taken once."""
        del request
        token, secret = publishers.identity_exchange(**self.given)
        return Response(ShortTokenOut(vars(token) | {"secret": secret}).data)

    def get_authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        del request
        return 'Bearer realm="edgefleet"'
