"""Target tokens move from their device's row to one of their own."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHUNK_ROWS = 500


def _models(apps: Apps) -> tuple[Any, Any]:
    """Return the two models of that time; types of today's would mislead."""
    return apps.get_model("devices", "ClientToken"), apps.get_model("devices", "Device")


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make a token row for each device that has a token; it counts as used, and stays good."""
    del schema_editor
    tokens, devices = _models(apps)
    rows = devices.objects.exclude(target_token_digest="").values_list("pk", "target_token_digest")
    tokens.objects.bulk_create(
        (
            tokens(device_id=pk, digest=digest, made_by="an earlier version", used=True)
            for pk, digest in rows.iterator(chunk_size=CHUNK_ROWS)
        ),
        batch_size=CHUNK_ROWS,
    )


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the newest token of each device back into its row."""
    del schema_editor
    tokens, devices = _models(apps)
    newest = tokens.objects.filter(newest=True, device__isnull=False)
    for device, digest in newest.values_list("device_id", "digest").iterator(CHUNK_ROWS):
        devices.objects.filter(pk=device).update(target_token_digest=digest)
    newest.delete()


class Migration(migrations.Migration):
    """Reversible: the newest token goes back."""

    dependencies = [("devices", "0002_tokens_keys_and_policies_add")]

    operations = [migrations.RunPython(fill, empty)]
