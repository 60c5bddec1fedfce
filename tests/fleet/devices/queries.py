"""Drawn label queries and label sets over a few keys, so that they meet."""

from hypothesis import strategies as st

from fleet.devices.labels.query import And, Node, Not, OneOf, Or

KEYS = ("lot", "site", "line.2", "in_use__exact", "contains")
VALUES = ("B7", "A1", "paris", "7", "null", "true", "le mans", "100%_x")

comparisons = st.builds(
    OneOf,
    st.sampled_from((*KEYS, "target")),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(tuple),
)


def _nest(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, inner) | st.builds(And, several) | st.builds(Or, several)


trees: st.SearchStrategy[Node] = st.recursive(comparisons, _nest, max_leaves=8)
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
