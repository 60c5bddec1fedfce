"""REST: alert rules, what they can do, and trying a draft on the stored windows."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib.jobs import ACTIVE
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from fleet.telemetry import selectors
from fleet.telemetry.alerts import actions, rules
from fleet.telemetry.alerts.rule import TERMS
from fleet.telemetry.api.alerts import rule_shapes as shapes
from fleet.telemetry.models import AlertRule as RuleRow


class AlertRules(StrictList[RuleRow]):
    """All alert rules, the newest first, and making one."""

    scope = "telemetry"
    serializer_class = shapes.RuleOut

    def get_queryset(self) -> QuerySet[RuleRow]:
        """Return all rules."""
        return selectors.rules()

    @takes(shapes.RuleIn)
    @extend_schema(responses={201: shapes.RuleOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a rule."""
        given = dict(self.given)
        name, owner = given.pop("name"), given.pop("owner", "")
        made = rules.rule_create(name=name, owner=owner, terms=given, by=actor_of(request))
        return Response(shapes.RuleOut(made).data, status=201)


class AlertRuleView(EditedView):
    """One rule."""

    scope = "telemetry"
    edited = ("id", "name", "enabled", "owner", *TERMS)

    def row(self) -> QuerySet[RuleRow]:
        """Return the rule's row."""
        return RuleRow.objects.filter(public_id=self.kwargs["public_id"])

    def shown(self) -> dict[str, Any]:
        """Return the rule as it is shown."""
        return dict(shapes.RuleOut(selectors.rule_get(self.kwargs["public_id"])).data)

    @extend_schema(responses=shapes.RuleOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the rule."""
        del request, public_id
        return Response(self.shown())

    @takes(shapes.RuleEditIn)
    @extend_schema(responses=shapes.RuleOut)
    @conditional
    def patch(self, request: Request, public_id: str) -> Response:
        """Change some fields; the others stay."""
        given = dict(self.given)
        more = {name: given.pop(name) for name in ("enabled", "owner") if name in given}
        rule = selectors.rule_get(public_id)
        rule = rules.rule_edit(rule=rule, terms=given, by=actor_of(request), **more)
        return Response(shapes.RuleOut(rule).data)

    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, public_id: str) -> Response:
        """Remove the rule; what it did stays with its incidents."""
        rules.rule_delete(rule=selectors.rule_get(public_id), by=actor_of(request))
        return Response(status=204)


class RuleActions(StrictView):
    """What a rule can do."""

    scope = "telemetry"

    @extend_schema(responses=shapes.ActionOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every action."""
        del request
        return Response(shapes.ActionOut(actions.actions(), many=True).data)


class Backtests(StrictView):
    """Trying a draft."""

    scope = "telemetry"

    @takes(shapes.RuleTermsIn)
    @extend_schema(responses={200: shapes.BacktestOut, 202: shapes.BacktestOut})
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """Run the draft over the last 30 days: 200 with the result, or 202 while a worker does."""
        run = rules.backtest_start(terms=self.given, by=actor_of(request))
        status = 202 if run.state in ACTIVE else 200
        return Response(shapes.BacktestOut(run).data, status=status)


class Backtest(StrictView):
    """One back-test."""

    scope = "telemetry"

    @extend_schema(responses=shapes.BacktestOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return where it stands, and its result."""
        del request
        return Response(shapes.BacktestOut(selectors.backtest_get(public_id)).data)
