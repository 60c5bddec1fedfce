"""What a RAUC service asks for: whether there is a bundle, and the bundle's bytes.

The first answer is a redirect to the bytes, 204 where nothing is to be installed now, or 304 where
the bundle is the one whose tag the poll names. The bytes are those of every other client: RAUC
asks for ranges alone, and gets them with 206.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from ota.ddi.base import DdiView
from ota.ddi.download import ArtifactFile, etag, matches
from ota.ddi.polled import PollingPrincipal, poll_state
from ota.ddi.rauc.access import RaucAuthentication
from ota.foreign.polling import read_poll
from ota.services.told.polled import rauc_polled


class RaucPollView(DdiView):
    """Is there a bundle?"""

    authentication_classes = (RaucAuthentication,)

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer with a redirect to the bundle, or that there is none, or none but the known."""
        del kwargs
        told = read_poll(request.headers)
        bundle = rauc_polled(device=self.device, action=self._action(), told=told)
        if bundle is None:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        known = request.headers.get("If-None-Match")
        # Who installs needs the bytes, whatever was known before.
        if known is not None and not told.transaction and matches(known, bundle):
            return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag(bundle)})
        names = {"module": bundle.module.number, "filename": bundle.filename}
        headers = {"Location": self.link("rauc-bundle", **names), "Cache-Control": "no-cache"}
        return HttpResponse(status=HTTPStatus.FOUND, headers=headers)

    def _action(self) -> int | None:
        caller: object = self.request.user
        known = caller.poll if isinstance(caller, PollingPrincipal) else None
        return (known or poll_state(self.device)).action


class RaucBundle(ArtifactFile):
    """A bundle's bytes, for who shows a token as RAUC can."""

    authentication_classes = (RaucAuthentication,)
