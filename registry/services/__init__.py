"""Everything that changes the registry. Each call is one transaction with its entry in the audit
log.
"""

from registry.services.aliases import alias_move, alias_protect, alias_remove
from registry.services.datasets import dataset_add
from registry.services.evaluations import evaluation_record
from registry.services.models import model_create, model_describe, version_describe
from registry.services.standing import (
    entry_archive,
    entry_delete,
    entry_holds,
    entry_restore,
    kind_of,
)
from registry.services.versions import Claims, version_add, version_admit, version_reject

__all__ = [
    "Claims",
    "alias_move",
    "alias_protect",
    "alias_remove",
    "dataset_add",
    "entry_archive",
    "entry_delete",
    "entry_holds",
    "entry_restore",
    "evaluation_record",
    "kind_of",
    "model_create",
    "model_describe",
    "version_add",
    "version_admit",
    "version_describe",
    "version_reject",
]
