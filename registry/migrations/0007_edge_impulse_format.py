"""Versions may be deployment archives of Edge Impulse.

SQLite rebuilds the table for that and drops its trigger, which is made again.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORMATS = ["keras", "tflite", "onnx", "pt2", "json", "skops", "edge-impulse"]


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create every trigger of the registry again."""
    triggers = import_module("registry.migrations.0002_write_once")
    triggers.remove(apps, schema_editor)
    triggers.install(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_archive_and_delete")]

    operations = [
        migrations.RemoveConstraint(model_name="modelversion", name="registry_version_format"),
        migrations.AlterField(
            model_name="modelversion",
            name="format",
            field=models.CharField(
                choices=[
                    ("keras", "Keras archive"),
                    ("tflite", "TensorFlow Lite"),
                    ("onnx", "ONNX"),
                    ("pt2", "PyTorch export"),
                    ("json", "Classical model"),
                    ("skops", "scikit-learn by skops"),
                    ("edge-impulse", "Edge Impulse archive"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("format__in", FORMATS)), name="registry_version_format"
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
