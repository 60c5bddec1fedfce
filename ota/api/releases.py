"""REST of releases: draft, approve, publish, revoke."""

from base64 import b64encode

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builds.signing.approve import APPROVAL_TYPE
from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib.errors import Refused
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList
from ota import selectors, services
from ota.api.base import OtaView
from ota.api.serializers import ApprovalIn, ReasonIn, ReleaseIn, ReleaseOut, StatementOut
from ota.models import Release as ReleaseRow
from ota.trust.admission import approval
from registry import selectors as registry


class Releases(OtaView, StrictList[ReleaseRow]):
    """All releases."""

    serializer_class = ReleaseOut

    def get_queryset(self) -> QuerySet[ReleaseRow]:
        """Return every release."""
        return selectors.releases()

    @takes(ReleaseIn)
    @extend_schema(responses={201: ReleaseOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Draft a release of a version, of modules of other makers, or of both."""
        given, by = dict(self.given), actor_of(request)
        named = {key: given.pop(key) for key in ("name", "label") if key in given}
        modules = [selectors.software_module_get(each) for each in given.pop("modules", [])]
        if ("version" in given) == bool(named) or len(named) == 1:
            raise Refused("A release is of a version, or has a name and a label of its own.")
        if named:
            release = services.release_create_named(by=by, modules=modules, **named, **given)
        else:
            version = registry.version_by_id(given.pop("version"))
            release = services.release_create(by=by, version=version, modules=modules, **given)
        return Response(ReleaseOut(release).data, status=201)


class ReleaseDetail(OtaView):
    """One release."""

    @extend_schema(responses=ReleaseOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a release."""
        del request
        return Response(ReleaseOut(selectors.release_get(public_id)).data)


class ReleaseApprove(OtaView):
    """The second person's yes."""

    write_scope = "ota.approve"

    @takes(ApprovalIn)
    @extend_schema(responses=ReleaseOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Approve a release; with a signature where the signer asks for it."""
        release = selectors.release_get(public_id)
        services.release_approve(by=actor_of(request), release=release, **self.given)
        return Response(ReleaseOut(selectors.release_get(public_id)).data)


class ReleaseStatement(OtaView):
    """What an approver signs."""

    @extend_schema(responses=StatementOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the statement of a release as it is now."""
        del request
        payload = approval.statement(selectors.release_get(public_id))
        said = {"payload_type": APPROVAL_TYPE, "payload": b64encode(payload).decode()}
        return Response(StatementOut(said).data)


class ReleasePublish(OtaView):
    """Let it out."""

    @extend_schema(responses=ReleaseOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Publish an approved release; 422 with every reason why it may not go."""
        release = selectors.release_get(public_id)
        services.release_publish(by=actor_of(request), release=release)
        return Response(ReleaseOut(selectors.release_get(public_id)).data)


class ReleaseRevoke(OtaView):
    """Call it back from the shelf."""

    @takes(ReasonIn)
    @extend_schema(responses=ReleaseOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Revoke a release: no new rollout can take it."""
        release = selectors.release_get(public_id)
        services.release_revoke(by=actor_of(request), release=release, **self.given)
        return Response(ReleaseOut(selectors.release_get(public_id)).data)
