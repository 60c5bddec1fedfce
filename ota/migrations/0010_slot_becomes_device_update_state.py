"""The model gets the name of what it is; its table and its rows stay where they are."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ACTIONS = ("add", "change", "delete", "view")


def _permissions_rename(
    apps: Apps, schema_editor: BaseDatabaseSchemaEditor, old: str, new: str
) -> None:
    rows = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    for action in ACTIONS:
        named = rows.filter(codename=f"{action}_{old}", content_type__app_label="ota")
        named.update(codename=f"{action}_{new}", name=f"Can {action} {new}")


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Roles keep what they were given: a permission is known by its codename."""
    _permissions_rename(apps, schema_editor, "slot", "deviceupdatestate")


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the permissions their first names back."""
    _permissions_rename(apps, schema_editor, "deviceupdatestate", "slot")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("ota", "0009_looks_of_gates"),
    ]

    operations = [
        migrations.AlterModelTable(name="slot", table="ota_slot"),
        migrations.RenameModel(old_name="Slot", new_name="DeviceUpdateState"),
        migrations.RunPython(forwards, backwards),
    ]
