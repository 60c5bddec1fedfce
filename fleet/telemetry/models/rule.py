"""AlertRule: whom a finding matters to. AlertMemory: what a rule knows of a finding. ActionRun: one
action of a rule for one incident. BacktestRun: a draft tried on stored windows.
"""

from django.conf import settings
from django.db import models

from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.jobs import Job
from fleet.lib.text.json_field import JsonField
from fleet.telemetry.choices import ActionState, CauseLevel
from fleet.telemetry.models.incident import Incident
from fleet.telemetry.models.notification import Destination

RULE_NAME_MAX: int = 80  # characters
RESULT_MAX: int = 300  # characters
ACTION_MAX: int = 40  # characters
FINDING_MAX: int = 200  # characters of a cause


def rule_id() -> str:
    """Return a public id for a new rule."""
    return new_id("rul")


def backtest_id() -> str:
    """Return a public id for a new back-test."""
    return new_id("bck")


class AlertRule(Timestamped):
    """One rule; `terms` are the fields of `fleet.telemetry.alerts.rule.Rule`."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=rule_id, editable=False
    )
    name = models.CharField(max_length=RULE_NAME_MAX, unique=True)
    enabled = models.BooleanField(default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    terms = JsonField(default=dict)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.name


class AlertMemory(models.Model):
    """One row a rule and finding, whatever incidents it had."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="memories")
    version = models.CharField(max_length=MAX_LENGTH)  # public id
    level = models.CharField(max_length=8, choices=CauseLevel.choices)
    cause = models.CharField(max_length=FINDING_MAX)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("rule", "version", "level", "cause"), name="telemetry_memory_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.cause}"


class ActionRun(models.Model):
    """One action; unique, so that it happens once however often the rule is looked at."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="actions")
    rule = models.ForeignKey(AlertRule, on_delete=models.SET_NULL, null=True, related_name="runs")
    rule_name = models.CharField(max_length=RULE_NAME_MAX)
    action = models.CharField(max_length=ACTION_MAX)
    destination = models.ForeignKey(
        Destination, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    target = models.CharField(max_length=MAX_LENGTH, blank=True)  # public id of the destination
    state = models.CharField(max_length=8, choices=ActionState.choices, default=ActionState.PLANNED)
    result = models.CharField(max_length=RESULT_MAX, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("incident", "rule", "action", "target"), name="telemetry_action_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.rule_name}"


class BacktestRun(Job):
    """A draft of a rule on the windows that are stored, as a job with a result."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=backtest_id, editable=False
    )
    terms = JsonField()
    result = JsonField(null=True, blank=True)
    requested_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.public_id
