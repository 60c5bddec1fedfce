"""Filters of the list of devices, under names."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import fleet.devices.models.filter
import fleet.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0007_kept_counts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceFilter",
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
                    "public_id",
                    models.CharField(
                        default=fleet.devices.models.filter.filter_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("asked", models.JSONField()),
                ("shared", models.BooleanField(default=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="device_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "name"), name="devices_devicefilter_name_once"
                    )
                ],
            },
        ),
    ]
