"""REST: the secret by which a chip verifies for itself what its gateway brings."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors
from fleet.devices.keys.chip_secret import HEX_CHARS, chip_secret_set
from fleet.devices.models import ChipSecret
from fleet.lib.rest.strict import StrictIn
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictView


class ChipSecretIn(StrictIn):
    """What the chip's maker wrote into it, in hexadecimal; without it the service makes one."""

    secret = serializers.CharField(required=False, min_length=HEX_CHARS, max_length=HEX_CHARS)


class ChipSecretOut(serializers.ModelSerializer[ChipSecret]):
    """A chip's secret that was just kept: shown here, once, and never again."""

    device = serializers.CharField(source="device.public_id", read_only=True)
    hardware_id = serializers.CharField(source="device.hardware_id", read_only=True)
    secret = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = ChipSecret
        fields = ("device", "hardware_id", "secret", "made_at", "made_by")
        read_only_fields = fields


class ChipSecrets(StrictView):
    """Keep the secret of a chip, in the place of the one before."""

    scope = "devices"

    @takes(ChipSecretIn)
    @extend_schema(responses={201: ChipSecretOut})
    @idempotent(redact=("secret",))
    def post(self, request: Request, public_id: str) -> Response:
        """Make it or take it over: it is in this answer only."""
        device = selectors.device_get(public_id)
        secret = chip_secret_set(device=device, by=actor_of(request), **self.given)
        kept = ChipSecret.objects.select_related("device").get(device=device)
        shown = {"device": device.public_id, "hardware_id": device.hardware_id, "secret": secret}
        return Response(
            shown | {"made_at": kept.made_at.isoformat(), "made_by": kept.made_by}, status=201
        )
