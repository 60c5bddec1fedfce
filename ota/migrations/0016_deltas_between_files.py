"""Deltas between files of releases, and which of them a device fetched."""

import django.db.models.deletion
from django.db import migrations, models

import fleet.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("ota", "0015_words_of_others_and_devices_that_join"),
        ("registry", "0004_tracking"),
    ]

    operations = [
        migrations.CreateModel(
            name="Delta",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(default=fleet.lib.clock.now, editable=False)),
                ("updated_at", models.DateTimeField(default=fleet.lib.clock.now, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("refused", "Refused"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("fence", models.PositiveBigIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("worker", models.CharField(blank=True, max_length=120)),
                ("last_error", models.TextField(blank=True)),
                ("woken_at", models.DateTimeField(default=fleet.lib.clock.now)),
                ("source", models.CharField(blank=True, max_length=64)),
                ("target", models.CharField(max_length=64)),
                ("flags", models.CharField(max_length=120)),
                ("size_bytes", models.PositiveBigIntegerField(null=True)),
                (
                    "blob",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.blob",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="assignment",
            name="delta",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="ota.delta",
            ),
        ),
        migrations.AddIndex(
            model_name="delta",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=["woken_at"],
                name="delta_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="delta",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["queued", "running", "succeeded", "failed", "refused"])
                ),
                name="delta_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delta",
            constraint=models.UniqueConstraint(
                fields=("target", "source", "flags"), name="delta_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="delta",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "succeeded"), _negated=True),
                    models.Q(("blob__isnull", False), ("size_bytes__isnull", False)),
                    _connector="OR",
                ),
                name="delta_that_is_made_has_its_bytes",
            ),
        ),
    ]
