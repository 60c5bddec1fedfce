"""What goes in and out of the REST views; the rules live in the services."""

from typing import Any

from rest_framework import serializers

from fleet.devices.choices import DeviceState
from fleet.devices.enrolment.codes import HOURS_MAX, USES_MAX
from fleet.devices.groups import DESCRIPTION_MAX, MEMBERS_MAX
from fleet.devices.labels.query import QUERY_MAX, VALUE_MAX
from fleet.devices.models import Device, DeviceEvent, EnrolmentCode, Group
from fleet.devices.models.device import KEY_HEX_LENGTH, NAME_MAX
from fleet.devices.models.key import REASON_MAX
from fleet.devices.services import DEVICES_MAX, BulkAct
from fleet.lib import clock
from fleet.lib.ids import MAX_LENGTH
from fleet.lib.rest.strict import StrictIn


class DeviceFilterIn(StrictIn):
    """Which devices to list."""

    query = serializers.CharField(required=False, max_length=QUERY_MAX)
    state = serializers.ChoiceField(required=False, choices=DeviceState.choices)
    target = serializers.CharField(required=False, max_length=NAME_MAX)
    suspected = serializers.BooleanField(required=False)
    behind = serializers.CharField(required=False, max_length=MAX_LENGTH)


class DeviceOut(serializers.ModelSerializer[Device]):
    """A device."""

    id = serializers.CharField(source="public_id", read_only=True)
    # The group whose gateway spoke for it last; null while it speaks for itself.
    gateway = serializers.CharField(
        source="gateway.group.name", read_only=True, allow_null=True, default=None
    )

    # The id of the device through which this one is reached; null for one that calls itself.
    behind = serializers.CharField(
        source="behind.public_id", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Device
        fields = (
            "id",
            "controller_id",
            "name",
            "target",
            "state",
            "labels",
            "attributes",
            "running",
            "key_fingerprint",
            "awaits_key",
            "suspected_at",
            "gateway",
            "behind",
            "hardware_id",
            "accepts_children",
            "last_seen_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class DeviceEditIn(StrictIn):
    """A new name, or a new set of labels."""

    name = serializers.CharField(required=False, max_length=NAME_MAX)
    labels = serializers.DictField(required=False)


class DeviceEventOut(serializers.ModelSerializer[DeviceEvent]):
    """A line of the timeline."""

    class Meta:
        model = DeviceEvent
        fields = ("at", "kind", "text", "detail")
        read_only_fields = fields


class DeviceMoveIn(StrictIn):
    """Why a device is moved; kept on its timeline and in the audit log."""

    reason = serializers.CharField(max_length=REASON_MAX, required=False, allow_blank=True)


class DevicesChangeIn(DeviceMoveIn):
    """An act for many devices."""

    devices = serializers.ListField(
        child=serializers.CharField(max_length=MAX_LENGTH), min_length=1, max_length=DEVICES_MAX
    )
    act = serializers.ChoiceField(choices=[act.value for act in BulkAct])
    labels = serializers.DictField(
        child=serializers.CharField(allow_null=True, max_length=VALUE_MAX),
        required=False,
        help_text="For 'label': what is set; null takes a label away, others stay.",
    )
    group = serializers.CharField(
        required=False, max_length=NAME_MAX, help_text="For 'assign': a group that is a list."
    )


class DevicesChangedOut(serializers.Serializer[Any]):
    """What became of an act for many devices."""

    changed = serializers.IntegerField()
    refused = serializers.DictField(
        child=serializers.CharField(), help_text="By device, why it was not changed."
    )


class DevicePreloadIn(StrictIn):
    """A device to register; `public_key` is the raw Ed25519 key in hexadecimal."""

    controller_id = serializers.CharField(max_length=NAME_MAX)
    target = serializers.CharField(max_length=NAME_MAX)
    name = serializers.CharField(required=False, max_length=NAME_MAX)
    public_key = serializers.RegexField(
        rf"\A[0-9a-fA-F]{{{KEY_HEX_LENGTH}}}\Z", required=False, max_length=KEY_HEX_LENGTH
    )
    labels = serializers.DictField(required=False)

    def validate_public_key(self, text: str) -> bytes:
        """Return the key's bytes."""
        return bytes.fromhex(text)


class KeyReasonIn(StrictIn):
    """Why somebody does it."""

    reason = serializers.CharField(max_length=REASON_MAX)


class RunOut(serializers.Serializer[Any]):
    """One stay of one run of the agent: `boot` is its count of starts."""

    instance = serializers.CharField()
    boot = serializers.IntegerField(allow_null=True)
    address = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class KeyUseOut(serializers.Serializer[Any]):
    """Which agents use a device's key. `sign` says what gave two devices away, `runs` show it."""

    suspected_at = serializers.DateTimeField(allow_null=True)
    sign = serializers.CharField(allow_blank=True)
    runs = RunOut(many=True)
    recent = RunOut(many=True)


class GroupOut(serializers.ModelSerializer[Group]):
    """A group."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Group
        fields = ("id", "name", "kind", "query", "description", "created_at", "updated_at")
        read_only_fields = fields


def _public_ids() -> serializers.ListField:
    child = serializers.CharField(max_length=MAX_LENGTH)
    return serializers.ListField(child=child, required=False, max_length=MEMBERS_MAX)


class GroupIn(StrictIn):
    """A group to make."""

    name = serializers.CharField(max_length=NAME_MAX)
    query = serializers.CharField(required=False, max_length=QUERY_MAX)
    description = serializers.CharField(required=False, max_length=DESCRIPTION_MAX)
    members = _public_ids()


class GroupEditIn(StrictIn):
    """Changes of a group."""

    query = serializers.CharField(required=False, max_length=QUERY_MAX)
    description = serializers.CharField(
        required=False, max_length=DESCRIPTION_MAX, allow_blank=True
    )


class PreviewIn(StrictIn):
    """A device query to try, and a device to explain it for."""

    query = serializers.CharField(max_length=QUERY_MAX)
    device = serializers.CharField(required=False, max_length=MAX_LENGTH)


class ReasonOut(serializers.Serializer[Any]):
    """One comparison of a query, for one device."""

    asks = serializers.CharField()
    has = serializers.CharField(help_text="The device's own value; empty when it has none.")
    holds = serializers.BooleanField()


class PreviewDeviceOut(serializers.Serializer[Any]):
    """A device that is meant."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    target = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    """Whom a device query means now."""

    accepted = serializers.IntegerField(help_text="Devices that a group with this query has.")
    states = serializers.DictField(child=serializers.IntegerField())
    targets = serializers.DictField(child=serializers.IntegerField())
    sample = PreviewDeviceOut(many=True)
    device_is_meant = serializers.BooleanField(allow_null=True)
    device_reasons = ReasonOut(many=True)


class MembersIn(StrictIn):
    """Devices to add and to remove."""

    add = _public_ids()
    remove = _public_ids()


class CodeIn(StrictIn):
    """An enrolment code to make."""

    name = serializers.CharField(max_length=NAME_MAX)
    uses = serializers.IntegerField(default=1, min_value=1, max_value=USES_MAX)
    hours = serializers.IntegerField(default=24, min_value=1, max_value=HOURS_MAX)
    labels = serializers.DictField(required=False)
    auto_accept = serializers.BooleanField(default=False)
    accept_query = serializers.CharField(required=False, max_length=QUERY_MAX)
    accept_max = serializers.IntegerField(required=False, min_value=1, max_value=USES_MAX)


class CodeOut(serializers.ModelSerializer[EnrolmentCode]):
    """A code without its secret."""

    id = serializers.CharField(source="public_id", read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = EnrolmentCode
        fields: tuple[str, ...] = (
            "id",
            "name",
            "state",
            "uses",
            "uses_left",
            "labels",
            "auto_accept",
            "accept_query",
            "accept_left",
            "created_at",
            "expires_at",
        )
        read_only_fields: tuple[str, ...] = fields

    def get_state(self, code: EnrolmentCode) -> str:
        """Return `active`, `used`, `expired` or `revoked`."""
        return code.state(clock.now())


class CodeMadeOut(CodeOut):
    """A code that was just made. `code` is shown here, once, and never again."""

    code = serializers.CharField(read_only=True, allow_null=True)

    class Meta(CodeOut.Meta):
        fields = (*CodeOut.Meta.fields, "code")
        read_only_fields = fields
