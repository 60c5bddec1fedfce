"""What passes, fails or cannot be known has the same words from the statistics to the gate."""

import ast

from fleet.lib.verdict import Verdict
from ota.models import GateResult
from tests.architecture.house import classes
from tests.architecture.shape import sources


def test_no_other_enum_says_pass_fail_and_inconclusive() -> None:
    found = []
    for source in sources():
        for node in classes(source):
            said = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
            if said >= {verdict.value for verdict in Verdict}:
                found.append(f"{source.name}: {node.name}")
    assert found == ["fleet/lib/verdict.py: Verdict"]


def test_the_stored_words_stay() -> None:
    words = ["pass", "fail", "inconclusive"]
    assert [str(verdict) for verdict in Verdict] == words
    field = GateResult._meta.get_field("verdict")
    assert [value for value, _ in field.choices or ()] == words
