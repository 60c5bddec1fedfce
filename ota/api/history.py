"""REST: what a device ran at a moment, and what that was trained on."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.devices import selectors as devices
from fleet.lib.errors import NotFound
from fleet.lib.rest.strict import StrictIn
from fleet.lib.rest.takes import takes
from ota.api.base import OtaView
from ota.releases.ran import Ran, ran_at


class MomentIn(StrictIn):
    """A moment, with its zone: 2026-11-20T08:00:00Z."""

    at = serializers.DateTimeField()


class RanOut(serializers.Serializer[Any]):
    """What a device ran: its release, the file of its target, and where that came from."""

    device = serializers.CharField()
    at = serializers.DateTimeField()
    since = serializers.DateTimeField()
    release = serializers.CharField()
    model = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    version = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    assignment = serializers.CharField()
    lineage = serializers.JSONField()
    datasets = serializers.DictField(child=serializers.CharField())


class DeviceRan(OtaView):
    """What a device ran on a day, and what it was trained on."""

    @takes(query=MomentIn)
    @extend_schema(responses=RanOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Say what the device had confirmed by `?at=` and still held."""
        del request
        device = devices.device_get(public_id)
        found = ran_at(device, self.asked["at"])
        if found is None:
            raise NotFound(f"{device.name} had confirmed nothing by then.")
        return Response(RanOut(_told(found) | {"device": public_id, "at": self.asked["at"]}).data)


def _told(found: Ran) -> dict[str, Any]:
    release, artifact = found.assignment.release, found.assignment.artifact
    version = release.version
    uses = version.version_datasets.select_related("dataset") if version else ()
    return {
        "since": found.since,
        "release": release.public_id,
        "model": release.product,
        "label": release.label,
        "version": version.public_id if version else None,
        "sha256": artifact.sha256 if artifact else None,
        "assignment": found.assignment.public_id,
        "lineage": version.lineage if version else {},
        "datasets": {use.kind: f"{use.dataset.name} {use.dataset.blob_id}" for use in uses},
    }
