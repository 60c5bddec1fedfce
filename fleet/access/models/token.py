"""ApiToken: a secret that acts for its owner, with some of the owner's rights, for some time."""

from datetime import datetime

from django.conf import settings
from django.db import models

from fleet.access.rules.roles import SCOPES
from fleet.access.rules.token_secret import HINT_LENGTH
from fleet.lib.db import Timestamped
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField

NAME_MAX: int = 80  # characters


def token_id() -> str:
    """Return a public id for a new token."""
    return new_id("tok")


class ApiToken(Timestamped):
    """One token. The secret itself is nowhere: only its keyed hash is kept."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=token_id, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=NAME_MAX)
    hint = models.CharField(max_length=HINT_LENGTH, editable=False)
    # Unique: every request with a token is one indexed read by this column.
    digest = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)
    scopes = JsonField(default=list)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Of a token for one model and one verb (`fleet.access.rules.verbs`); empty for all others.
    model = models.CharField(max_length=64, blank=True, default="")
    verb = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="access_apitoken_expires_later",
            ),
            # A token that is bound is bound in both; half a bond would be none.
            models.CheckConstraint(
                condition=models.Q(model="", verb="") | (~models.Q(model="") & ~models.Q(verb="")),
                name="access_apitoken_bound_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    def state(self, now: datetime) -> str:
        """Return `revoked`, `expired` or `active`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"

    def granted(self) -> frozenset[str]:
        """Return the scopes that the token asks for; unknown ones of an older release count for
        nothing.
        """
        return frozenset(self.scopes) & frozenset(SCOPES)
