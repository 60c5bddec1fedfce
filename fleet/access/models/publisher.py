"""TrustedPublisher: a job of a repository that may ask for short tokens; SpentIdentity: what it
asked with.
"""

from django.conf import settings
from django.db import models

from fleet.access.rules.publishers import KINDS
from fleet.access.rules.verbs import VERBS
from fleet.lib.db import Timestamped
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.ids import MAX_LENGTH, new_id

MODEL_MAX: int = 64  # characters of a model's name
WORD_MAX: int = 200  # of a repository, a workflow, an environment, a ref
URL_MAX: int = 300


def publisher_id() -> str:
    """Return a public id for a new publisher."""
    return new_id("pub")


class TrustedPublisher(Timestamped):
    """Trust in one job for one model and one verb; its tokens act for the owner."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=publisher_id, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_publishers"
    )
    issuer = models.CharField(max_length=URL_MAX)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    repository = models.CharField(max_length=WORD_MAX)
    account_id = models.CharField(max_length=40)  # of the repository's owner, or the namespace
    workflow = models.CharField(max_length=WORD_MAX)
    environment = models.CharField(max_length=WORD_MAX, blank=True)
    refs = models.CharField(max_length=WORD_MAX)
    model = models.CharField(max_length=MODEL_MAX)
    verb = models.CharField(max_length=16, choices=[(verb, verb) for verb in VERBS])

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=(
                    "issuer", "repository", "workflow", "environment", "refs", "model", "verb",
                ),
                name="access_publisher_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.repository} may {self.verb} {self.model}"


class SpentIdentity(models.Model):
    """An identity that a token was given for: it is never taken again."""

    digest = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)
    # Serves the purge: what has expired, the oldest first.
    expires_at = models.DateTimeField(db_index=True, editable=False)

    class Meta:
        verbose_name_plural = "spent identities"

    def __str__(self) -> str:
        return self.digest[:12]
