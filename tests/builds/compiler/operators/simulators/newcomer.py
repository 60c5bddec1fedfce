"""What a tree says of one of its operators, as JSON.

`python -m tests.builds.compiler.operators.simulators.newcomer NAME`; which tree it is, PYTHONPATH
decides.
"""

import json
import sys

from builds.compiler.operators import manual, table
from builds.verify.every_value import functions
from builds.verify.plausible.operators.table import EVALUATORS
from tests.builds.compiler.operators.factories import models_of
from tests.builds.compiler.oracle import proved


def main(name: str) -> None:
    """Look the operator up in every table, and prove its models."""
    models = models_of(table.HOMES[name])
    proofs = {key: proved(model, "cortex-m4f", vectors=3) for key, model in models.items()}
    seen = {
        "supported": name in table.SUPPORTED,
        "home": table.HOMES[name],
        "constraints": [rule.__doc__ for rule in table.CONSTRAINTS[name]],
        "lowered": name in table.LOWERING_TABLE,
        "compared": name in functions.OF_ONE,
        "judged": name in EVALUATORS,
        "page": manual.supported_ops_page(),
        "models": sorted(models),
        "equal": all(proof.equal for proof in proofs.values()),
        "golden": [
            [given.hex(), made.hex()] for proof in proofs.values() for given, made in proof.golden
        ],
    }
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
