"""REST of what comes before and after a rollout: policies, plans, reports, the penalty box."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors as devices
from fleet.lib import clock
from fleet.lib.errors import Conflict
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.takes import takes
from ota import selectors, services
from ota.api.base import OtaView
from ota.api.planned import (
    PenaltyOut,
    PolicyEditIn,
    PolicyIn,
    PolicyOut,
    RolloutPlanOut,
    RolloutReportOut,
)
from ota.api.serializers import RolloutIn
from ota.engine.states import RolloutState
from ota.models import RolloutPolicy
from ota.planning import named_policies, penalty
from ota.planning.parts import EXAMPLE, Draft, draft_of
from ota.planning.plan import plan_of
from ota.planning.report import report_of


class Policies(OtaView):
    """The policies that come with the service, and those that operators made."""

    @extend_schema(operation_id="policies_list", responses={200: dict})
    def get(self, request: Request) -> Response:
        """Show every named policy in full."""
        del request
        return Response(
            {
                each.name: {**each.document, "name": each.name, "description": each.description}
                for each in named_policies.all_policies()
            }
        )

    @takes(PolicyIn)
    @extend_schema(responses={201: PolicyOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a policy of members on top of another one's."""
        given = self.given
        made = named_policies.policy_create(
            name=given["name"],
            by=actor_of(request),
            document=given.get("policy") or {},
            based_on=given.get("based_on"),
        )
        return Response(PolicyOut(made).data, status=201)


class PolicyDetail(OtaView, EditedView):
    """One policy."""

    edited = ("name", "description", "policy")

    def row(self) -> QuerySet[RolloutPolicy]:
        """Return the policy's row; none where it comes with the service."""
        return RolloutPolicy.objects.filter(name=self.kwargs["name"])

    def shown(self) -> dict[str, Any]:
        """Return the policy as it is shown."""
        return dict(PolicyOut(named_policies.policy_get(self.kwargs["name"])).data)

    @extend_schema(responses=PolicyOut)
    def get(self, request: Request, name: str) -> Response:
        """Return the policy in full."""
        del request, name
        return Response(self.shown())

    @takes(PolicyEditIn)
    @extend_schema(responses=PolicyOut)
    @conditional
    def patch(self, request: Request, name: str) -> Response:
        """Change members; the others stay. Rollouts keep what they were planned with."""
        document = self.given["policy"]
        edited = named_policies.policy_edit(name=name, by=actor_of(request), document=document)
        return Response(PolicyOut(edited).data)

    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, name: str) -> Response:
        """Remove a policy; rollouts keep what they were planned with."""
        named_policies.policy_delete(name=name, by=actor_of(request))
        return Response(status=204)


class PlanBefore(OtaView):
    """What a rollout would do, before there is one."""

    @takes(RolloutIn)
    @extend_schema(responses=RolloutPlanOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Plan without keeping anything; the order of devices is an example."""
        del request
        given = self.given
        release, group = selectors.release_get(given["release"]), devices.group_get(given["group"])
        document = services.rollout_document(release, given.get("policy_name"), given.get("policy"))
        services.require_artifacts(release, group)
        plan = plan_of(Draft(EXAMPLE, release, group, document), clock.now(), drawn=False)
        return Response(RolloutPlanOut(plan).data)


class PlanOfRollout(OtaView):
    """What the start of a draft will do."""

    reading_refusals = ("409",)

    @extend_schema(responses=RolloutPlanOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show which devices come in which wave, who is left out and why, bytes and times; 409 for
        a rollout that has begun.
        """
        del request
        rollout = selectors.rollout_get(public_id)
        if rollout.state != RolloutState.DRAFT:
            raise Conflict(f"Rollout {public_id} is {rollout.state}: its report says how it went.")
        return Response(RolloutPlanOut(plan_of(draft_of(rollout), clock.now(), drawn=True)).data)


class ReportOfRollout(OtaView):
    """What a rollout came to."""

    @extend_schema(responses=RolloutReportOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show outcomes with causes, waves with times, gates, and who decided what."""
        del request
        return Response(RolloutReportOut(report_of(selectors.rollout_get(public_id))).data)


class DevicePenalty(OtaView):
    """How many rollouts in a row failed on a device."""

    @extend_schema(responses=PenaltyOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show the row of failures that policies with a penalty box look at."""
        del request
        return Response(PenaltyOut(penalty.failure_row(devices.device_get(public_id))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Pardon the device: the next rollout takes it again."""
        penalty.pardon(device=devices.device_get(public_id), by=actor_of(request))
        return Response(status=204)
