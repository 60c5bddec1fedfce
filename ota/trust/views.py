"""The update repository over HTTP, for every TUF client.

* Metadata is open to all: it is signed, and says nothing that a device may not know.
* Files are open too, or for devices only (`EDGEFLEET_TUF_OPEN_TARGETS`).
* Each answer has its `Content-Length`. What has a version in its name may be cached for ever.
"""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from fleet.devices.authentication import DeviceAuthentication, DevicePrincipal
from fleet.devices.device_api.answers import AnyType, json_answer
from fleet.lib.errors import Unauthenticated
from ota.trust import selectors
from registry.blobs import sending

FOR_EVER = "public, max-age=31536000, immutable"


@extend_schema(exclude=True)
class RepositoryView(APIView):
    """A read that needs no login."""

    authentication_classes: Sequence[type[BaseAuthentication]] = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AnyType


class Index(RepositoryView):
    """Where things are."""

    def get(self, request: Request) -> HttpResponse:
        """Answer with the two base addresses."""
        base = request.build_absolute_uri(reverse("tuf"))
        return json_answer({"metadata": f"{base}metadata/", "targets": f"{base}targets/"})


class MetadataFile(RepositoryView):
    """`timestamp.json`, `3.root.json`, `27817200.snapshot.json`."""

    def get(self, request: Request, name: str) -> HttpResponse:
        """Answer with the bytes as they were signed."""
        del request
        row, data = selectors.metadata(name)
        answer = HttpResponse(data, content_type="application/json")
        answer["Content-Length"] = str(len(data))
        answer["Cache-Control"] = FOR_EVER if name.startswith(f"{row.version}.") else "no-cache"
        return answer


class TargetFile(RepositoryView):
    """A bundle, or the set of keys, named by its digest."""

    authentication_classes = (DeviceAuthentication,)

    def get(self, request: Request, path: str) -> HttpResponseBase:
        """Answer with the bytes."""
        if (keys := selectors.key_document(path)) is not None:  # public, like metadata
            return _for_ever(HttpResponse(keys, content_type="application/json"))
        known = isinstance(request.user, DevicePrincipal)
        if not known and not settings.EDGEFLEET_TUF_OPEN_TARGETS:
            raise Unauthenticated("Files of the update repository are for devices.")
        row = selectors.target(path)
        answer = sending.whole(request._request, row.sha256)  # noqa: SLF001 - DRF documents it
        return answer if answer.has_header("Location") else _for_ever(answer)


def _for_ever(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = FOR_EVER
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
