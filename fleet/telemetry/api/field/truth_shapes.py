"""True labels that go in, and what they say, as the REST views show it."""

from typing import Any, Final

from rest_framework import serializers

from fleet.lib.rest.strict import StrictIn
from fleet.telemetry.field.truth.receive import SAMPLES_MAX, WINDOWS_MAX

NAME_MAX: Final = 200  # characters of a device's or a sample's name
CLASS_MAX: Final = 200  # characters
COUNT_MAX: Final = 2**32 - 1


def _count() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=COUNT_MAX)


class WindowLabelsIn(StrictIn):
    """True classes of one window's inferences: `counts` is predicted → true → number (`another`
    where only "wrong" is known); `right` is predicted → [right, labelled].
    """

    device = serializers.CharField(max_length=NAME_MAX)
    boot = _count()
    sequence = _count()
    counts = serializers.DictField(
        required=False, default=dict, child=serializers.DictField(child=_count())
    )
    right = serializers.DictField(
        required=False,
        default=dict,
        child=serializers.ListField(child=_count(), min_length=2, max_length=2),
    )


class SampleLabelsIn(StrictIn):
    """One inference by an id of your own, with what was predicted and what was true."""

    id = serializers.CharField(max_length=NAME_MAX)
    device = serializers.CharField(max_length=NAME_MAX)
    at = serializers.DateTimeField()
    predicted = serializers.CharField(max_length=CLASS_MAX)
    confidence = serializers.FloatField(min_value=0, max_value=1)
    true = serializers.CharField(max_length=CLASS_MAX)


class LabelsIn(StrictIn):
    """Labels of windows, of samples, or of both."""

    windows = WindowLabelsIn(many=True, required=False)
    samples = SampleLabelsIn(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a call without any label."""
        if not attrs.get("windows") and not attrs.get("samples"):
            raise serializers.ValidationError("Send windows, samples, or both.")
        for name, most in (("windows", WINDOWS_MAX), ("samples", SAMPLES_MAX)):
            if len(attrs.get(name, ())) > most:
                raise serializers.ValidationError({name: [f"A call takes at most {most} of them."]})
        return attrs


class ReceiptOut(serializers.Serializer[Any]):
    """What became of the labels."""

    inferences = serializers.IntegerField()
    counted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    refused = serializers.IntegerField()
    told = serializers.ListField(child=serializers.CharField())


class RealisedOut(serializers.Serializer[Any]):
    """Realised accuracy beside the estimated one, groups, mix of the true classes, verdict."""

    version = serializers.CharField()
    since = serializers.DateTimeField()
    labelled = serializers.IntegerField()
    correct = serializers.IntegerField()
    accuracy = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    expected = serializers.FloatField(allow_null=True)
    gap = serializers.FloatField(allow_null=True)
    devices = serializers.ListField(child=serializers.CharField())
    estimated = serializers.DictField(allow_null=True)
    classes = serializers.ListField(child=serializers.CharField())
    pairs = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    groups = serializers.ListField(child=serializers.DictField())
    concept = serializers.DictField()
    label_shift = serializers.DictField()
    caveat = serializers.CharField()
