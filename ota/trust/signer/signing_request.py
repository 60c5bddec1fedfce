"""Asking for signatures: what every process may do, whether or not it could sign."""

from typing import Final

from builds.keyring import process as process_keys
from fleet.lib import clock
from fleet.lib.jobs import enqueue
from ota.choices import RequestKind, RequestState
from ota.models import Release
from ota.models.repository import SigningRequest
from ota.trust.signer import repository

SIGN_TASK: Final = "ota.tasks.requests_sign"


def request_signature(release: Release, kind: RequestKind) -> SigningRequest:
    """Ask for a signature, in the caller's transaction; the signer is woken when it commits."""
    asked, _ = SigningRequest.objects.exclude(state=RequestState.REFUSED).get_or_create(
        release=release, kind=kind, defaults={"created_at": clock.now()}
    )
    enqueue(SIGN_TASK)
    return asked


def release_listed(release: Release) -> bool:
    """Tell whether devices find the release in the repository; asks for it where nobody has."""
    asked = SigningRequest.objects.filter(release=release, kind=RequestKind.PUBLISH)
    last = asked.order_by("-pk").first() or request_signature(release, RequestKind.PUBLISH)
    if last.state == RequestState.PENDING and process_keys.signs_here():
        repository.requests_sign()
        last.refresh_from_db()
    return last.state == RequestState.SIGNED
