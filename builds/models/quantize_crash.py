"""Files that broke TensorFlow: not tried again with the same code of ours."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import WriteOnce


class QuantizeCrash(WriteOnce):
    """The sentence that the first try ended with, under the digest of file, datasets and code."""

    contents_digest = models.CharField(max_length=64, unique=True)
    sentence = models.TextField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "quantize crashes"

    def __str__(self) -> str:
        return self.sentence
