"""Drawn device queries and label sets over a few keys, so that they meet."""

from hypothesis import strategies as st

from fleet.devices.labels.query import And, Like, Node, Not, OneOf, Or, SeenWithin

KEYS = ("lot", "site", "line.2", "in_use__exact", "contains")
VALUES = ("B7", "A1", "paris", "7", "null", "true", "le mans", "100%_x")
PATTERNS = ("*", "B*", "*a*", "le*s", "100%_*", "p.ris", "*r*s", "[A-Z]*")

_keys = st.sampled_from(
    (*KEYS, "target", "device/state", "runs/version", "attribute/os", "attribute/a.b")
)
comparisons = (
    st.builds(OneOf, _keys, st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(tuple))
    | st.builds(Like, _keys, st.sampled_from(PATTERNS))
    | st.builds(SeenWithin, st.sampled_from((1, 60, 3600, 86_400)))
)


def _nest(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, inner) | st.builds(And, several) | st.builds(Or, several)


trees: st.SearchStrategy[Node] = st.recursive(comparisons, _nest, max_leaves=8)
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
