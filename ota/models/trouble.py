"""What a person has to look at before the service can be trusted again (`ota.troubles`)."""

from django.db import models
from django.db.models import TextChoices

from fleet.lib import clock
from ota.choices import STATE_MAX, only

TROUBLE_MAX = 1000  # characters


class TroubleKind(TextChoices):
    """One row per kind."""

    PUBLISHED = "published", "older than what was published"
    TOLD = "told", "older than what devices were told"
    UNSIGNABLE = "unsignable", "keys are not at hand"


class Trouble(models.Model):
    """A trouble that lasts; it is deleted once it is resolved."""

    kind = models.CharField(max_length=STATE_MAX, choices=TroubleKind.choices, unique=True)
    text = models.CharField(max_length=TROUBLE_MAX)
    since = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["kind"]
        constraints = [only("kind", TroubleKind, "trouble_kind_is_known")]

    def __str__(self) -> str:
        return self.text
