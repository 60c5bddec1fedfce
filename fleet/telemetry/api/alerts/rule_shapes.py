"""What goes in and out of the views of rules; the bounds are the rule's own."""

from typing import Any

from rest_framework import serializers

from fleet.lib.ids import MAX_LENGTH
from fleet.lib.jobs import JobState
from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.alerts.rule import BOUNDS, CHOICES
from fleet.telemetry.alerts.written import LIST_MAX, TEXT_MAX
from fleet.telemetry.choices import Severity
from fleet.telemetry.models import RULE_NAME_MAX

USERNAME_MAX: int = 150  # characters, as Django has it


def _texts(name: str = "") -> serializers.ListField:
    child: serializers.Field[Any, Any, Any, Any] = (
        serializers.ChoiceField(choices=CHOICES[name])
        if name in CHOICES
        else serializers.CharField(max_length=TEXT_MAX)
    )
    return serializers.ListField(child=child, required=False, max_length=LIST_MAX)


def _text(name: str = "") -> serializers.Field[Any, Any, Any, Any]:
    if name in CHOICES:
        blank = "" in CHOICES[name]
        words = [each for each in CHOICES[name] if each]
        choices = Severity.choices if words == Severity.values else words
        return serializers.ChoiceField(choices=choices, required=False, allow_blank=blank)
    return serializers.CharField(required=False, allow_blank=True, max_length=TEXT_MAX)


def _whole(name: str) -> serializers.IntegerField:
    least, most = BOUNDS[name]
    return serializers.IntegerField(required=False, min_value=int(least), max_value=int(most))


def _number(name: str) -> serializers.FloatField:
    least, most = BOUNDS[name]
    return serializers.FloatField(required=False, min_value=least, max_value=most)


class RuleTermsIn(StrictIn):
    """The fields of a rule; one that is left out keeps its value, or has its default."""

    models = _texts()
    versions = _texts()
    groups = _texts()
    labels = _text()
    devices = _texts()
    levels = _texts("levels")
    signals = _texts()
    tests = _texts("tests")
    reference = _text("reference")
    least_severity = _text("least_severity")
    window_hours = _number("window_hours")
    quorum_devices = _whole("quorum_devices")
    samples_min = _number("samples_min")
    smallest_change = _number("smallest_change")
    psi_min = _number("psi_min")
    fdr_q = _number("fdr_q")
    start_minutes = _whole("start_minutes")
    end_minutes = _whole("end_minutes")
    cooldown_minutes = _whole("cooldown_minutes")
    mute = _texts()
    severity = _text("severity")
    actions = _texts()
    runbook = _text()


class RuleIn(RuleTermsIn):
    """A rule to make."""

    name = serializers.CharField(max_length=RULE_NAME_MAX)
    owner = serializers.CharField(required=False, allow_blank=True, max_length=USERNAME_MAX)


class RuleEditIn(RuleTermsIn):
    """Changes of a rule."""

    enabled = serializers.BooleanField(required=False)
    owner = serializers.CharField(required=False, allow_blank=True, max_length=USERNAME_MAX)


def _list(name: str) -> serializers.ListField:
    return serializers.ListField(source=f"terms.{name}", child=serializers.CharField())


class RuleOut(serializers.Serializer[Any]):
    """A rule with every field."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    enabled = serializers.BooleanField()
    owner = serializers.CharField(source="owner.username", allow_null=True, default=None)
    models = _list("models")
    versions = _list("versions")
    groups = _list("groups")
    labels = serializers.CharField(source="terms.labels")
    devices = _list("devices")
    levels = _list("levels")
    signals = _list("signals")
    tests = _list("tests")
    reference = serializers.CharField(source="terms.reference")
    least_severity = serializers.CharField(source="terms.least_severity")
    window_hours = serializers.FloatField(source="terms.window_hours")
    quorum_devices = serializers.IntegerField(source="terms.quorum_devices")
    samples_min = serializers.FloatField(source="terms.samples_min")
    smallest_change = serializers.FloatField(source="terms.smallest_change")
    psi_min = serializers.FloatField(source="terms.psi_min")
    fdr_q = serializers.FloatField(source="terms.fdr_q")
    start_minutes = serializers.IntegerField(source="terms.start_minutes")
    end_minutes = serializers.IntegerField(source="terms.end_minutes")
    cooldown_minutes = serializers.IntegerField(source="terms.cooldown_minutes")
    mute = _list("mute")
    severity = serializers.CharField(source="terms.severity")
    actions = _list("actions")
    runbook = serializers.CharField(source="terms.runbook")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ActionOut(serializers.Serializer[Any]):
    """What a rule can do; `sends` is the kind of destination that it needs."""

    name = serializers.CharField()
    sentence = serializers.CharField()
    sends = serializers.CharField(allow_null=True)


class BacktestOut(serializers.Serializer[Any]):
    """A back-test. `result` is there once it succeeded."""

    id = serializers.CharField(source="public_id", max_length=MAX_LENGTH)
    state = serializers.ChoiceField(choices=JobState.choices)
    failure = serializers.CharField(source="last_error")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = serializers.DictField(allow_null=True)
