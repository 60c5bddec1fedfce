"""The update repository's metadata as it was signed, and what the signer is asked to sign."""

from django.db import models
from django.db.models import Q

from fleet.lib import clock, ids
from fleet.lib.db.append_only import AppendOnly
from ota.choices import STATE_MAX, RequestKind, RequestState, only, words
from ota.models.release import Release

ROLE_MAX = 96  # characters: a prefix and a model's name
REASON_MAX = 500  # characters


def new_request_id() -> str:
    """Return a public id for a signing request."""
    return ids.new_id("sig")


class TufMetadata(AppendOnly):
    """One signed file. Triggers refuse a version at or below the highest of its role."""

    role = models.CharField(max_length=ROLE_MAX)
    version = models.PositiveBigIntegerField()
    blob = models.ForeignKey("registry.Blob", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-signed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["role", "version"], name="tuf_version_once_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.version}.{self.role}"


class SigningRequest(models.Model):
    """Inserted with the act that needs a signature; a signer, never the web process, decides it."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_request_id, editable=False
    )
    kind = models.CharField(max_length=STATE_MAX, choices=words(RequestKind))
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="signing_requests")
    state = models.CharField(
        max_length=STATE_MAX, choices=words(RequestState), default=RequestState.PENDING
    )
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            only("kind", RequestKind, "signing_request_kind_is_known"),
            only("state", RequestState, "signing_request_state_is_known"),
            models.UniqueConstraint(
                fields=["release", "kind"],
                condition=~Q(state=RequestState.REFUSED),
                name="signing_request_once_per_act",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.release_id}: {self.state}"
