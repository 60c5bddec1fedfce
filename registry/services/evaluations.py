"""Keeping what was measured."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict
from registry.choices import Engine
from registry.models import Dataset, Evaluation, ModelVersion
from registry.names import check_document


@transaction.atomic
def evaluation_record(
    *,
    version: ModelVersion,
    dataset: Dataset,
    engine: Engine,
    metrics: Mapping[str, Any],
    by: Actor,
) -> Evaluation:
    """Keep an evaluation. The same again is the same row; other figures raise Conflict."""
    kept = check_document(metrics, "The metrics")
    evaluation, created = Evaluation.objects.get_or_create(
        version=version, dataset=dataset, engine=engine, defaults={"metrics": kept}
    )
    if not created:
        if evaluation.metrics != kept:
            raise Conflict(f"{version} was evaluated on {dataset} with other figures before.")
        return evaluation
    detail = {"dataset": dataset.public_id, "engine": str(engine), "metrics": kept}
    audit.record(
        by=by, action="registry.evaluation_record", subject=version.public_id, detail=detail
    )
    return evaluation
