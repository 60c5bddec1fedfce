"""Graph to graph, one idea per file, and the invariants that each pass keeps.

A pass never changes what the model computes, to the last bit.
"""
