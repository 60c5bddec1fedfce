"""What cannot be told of a version's fleet stands with its schema. Adds a column with a default."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0005_rules_and_notifications")]

    operations = [
        migrations.AddField(
            model_name="telemetryschema",
            name="doubts",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
    ]
