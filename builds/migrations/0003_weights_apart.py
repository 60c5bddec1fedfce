"""Two more kinds of artifacts: code without its weights, and weights without their code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("builds", "0002_more_key_roles_and_provenance"),
        ("registry", "0002_write_once"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="artifact",
            name="artifact_kind_is_known",
        ),
        migrations.AlterField(
            model_name="artifact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("library", "Library"),
                    ("sources", "Sources"),
                    ("image", "Image"),
                    ("code", "Code"),
                    ("weights", "Weights"),
                    ("bundle", "Bundle"),
                    ("report", "Report"),
                    ("golden", "Golden"),
                    ("schema", "Schema"),
                    ("provenance", "Provenance"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="artifact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "library",
                            "sources",
                            "image",
                            "code",
                            "weights",
                            "bundle",
                            "report",
                            "golden",
                            "schema",
                            "provenance",
                        ],
                    )
                ),
                name="artifact_kind_is_known",
            ),
        ),
    ]
