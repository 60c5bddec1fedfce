"""The int8 form of a version under one recipe: what every target's build starts from; and the files
of which none can be made.
"""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import WriteOnce
from fleet.lib.text.json_field import JsonField


class Int8Model(WriteOnce):
    """One quantised model with its measured quality, its telemetry schema and reference profile."""

    version = models.ForeignKey(
        "registry.ModelVersion", on_delete=models.PROTECT, related_name="int8_models"
    )
    recipe_digest = models.CharField(max_length=64)
    blob = models.ForeignKey("registry.Blob", on_delete=models.PROTECT, related_name="+")
    float_accuracy = models.FloatField(null=True, blank=True)
    int8_accuracy = models.FloatField(null=True, blank=True)
    quantize_report = JsonField(default=dict)
    telemetry_schema = JsonField()
    reference_counts = JsonField()
    # Per confidence bin of labelled reference samples: predictions, and how many were right.
    confidence_calibration = JsonField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "int8 model"
        constraints = [
            # Two workers may quantise the same version at once; only the first row stands.
            models.UniqueConstraint(
                fields=["version", "recipe_digest"], name="int8_model_once_per_recipe"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} int8 {self.recipe_digest[:8]}"

    @property
    def converter(self) -> str:
        """The packages that made it of another tool's file, with their versions; or nothing."""
        return str(self.quantize_report.get("converter", ""))


class QuantizeCrash(WriteOnce):
    """A file that broke TensorFlow, which is not tried again with the same code of ours: the
    sentence that the first try ended with, under the digest of file, datasets and code.
    """

    contents_digest = models.CharField(max_length=64, unique=True)
    sentence = models.TextField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "quantize crashes"

    def __str__(self) -> str:
        return self.sentence
