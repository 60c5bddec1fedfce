"""Naming models, and what people write of models and versions: their cards."""

from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict
from registry.models import Model, ModelVersion, VersionOrigin
from registry.names import check_model_name


@transaction.atomic
def model_create(*, name: str, title: str = "", description: str = "", by: Actor) -> Model:
    """A new model. Raises Conflict when the name is taken."""
    model = Model(name=check_model_name(name), title=title, description=description)
    try:
        with transaction.atomic():
            model.save(force_insert=True)
    except IntegrityError as error:
        if Model.objects.filter(name=name, deleted_at__isnull=False).exists():
            message = f"The model {name} was deleted, and its name is never used again."
            raise Conflict(message, code="deleted") from error
        raise Conflict(f"There is a model {name} already.", code="exists") from error
    audit.record(by=by, action="registry.model_create", subject=name)
    return model


@transaction.atomic
def model_describe(*, model: Model, title: str, description: str, by: Actor) -> Model:
    """Change what people read of a model; its name and versions stay."""
    model.title, model.description, model.updated_at = title, description, clock.now()
    model.save(update_fields=["title", "description", "updated_at"])
    audit.record(by=by, action="registry.model_describe", subject=model.name)
    return model


@transaction.atomic
def version_describe(*, version: ModelVersion, description: str, by: Actor) -> None:
    """Change what people read of a version; all else of it stays."""
    VersionOrigin.objects.update_or_create(
        version=version, defaults={"description": description.strip()}
    )
    audit.record(by=by, action="registry.version_describe", subject=version.public_id)
