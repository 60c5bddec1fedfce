"""Writes `.skops` files as skops 0.16 does, for what classical estimators are made of."""

import io
import json
import zipfile
from typing import Any

import numpy as np

Node = dict[str, Any]


class Saved:
    """An archive that grows: arrays beside the schema."""

    def __init__(self) -> None:
        self.arrays: dict[str, bytes] = {}

    def node(self, value: Any) -> Node:
        """A value as a node of the schema."""
        if isinstance(value, np.ndarray) and value.dtype != object:
            return {"__loader__": "NdArrayNode", "type": "numpy", "file": self._kept(value)}
        if isinstance(value, np.ndarray):
            rows = [self.node(list(row)) for row in value]
            return {"__loader__": "NdArrayNode", "type": "json", "content": rows}
        if isinstance(value, list | tuple):
            return {"__loader__": "ListNode", "content": [self.node(part) for part in value]}
        if isinstance(value, dict):
            rows_of = {name: self.node(part) for name, part in value.items()}
            return {"__loader__": "DictNode", "content": rows_of}
        if hasattr(value, "__getstate__") and type(value).__module__.startswith("sklearn"):
            return self.object(type(value).__name__, value.__getstate__())
        return {"__loader__": "JsonNode", "content": json.dumps(value), "is_json": True}

    def object(self, kind: str, state: dict[str, Any]) -> Node:
        """An estimator or a tree; what a reader has no use for is left out."""
        loader = "TreeNode" if kind == "Tree" else "ObjectNode"
        kept = {name: part for name, part in state.items() if _is_read(name)}
        return {"__class__": kind, "__loader__": loader, "content": self.node(kept)}

    def _kept(self, value: np.ndarray[Any, Any]) -> str:
        file = io.BytesIO()
        np.save(file, value, allow_pickle=False)
        name = f"{139834653009520 + 96 * len(self.arrays)}.npy"
        self.arrays[name] = file.getvalue()
        return name

    def archive(self, schema: Node) -> bytes:
        """The file."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, content in self.arrays.items():
                archive.writestr(name, content)
            archive.writestr("schema.json", json.dumps({**schema, "protocol": 2}))
        return data.getvalue()


READ = frozenset(
    "classes_ class_prior_ cluster_centers_ covariance_type estimators_ init_ learning_rate loss "
    "mean_ means_ n_features_in_ nodes precisions_ scale_ steps tree_ values weights_".split()
)


def _is_read(name: str) -> bool:
    return name in READ


def saved(estimator: Any) -> bytes:
    """An estimator as `skops.io.dump` leaves it."""
    made = Saved()
    return made.archive(made.node(estimator))
