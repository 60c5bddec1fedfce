"""Graph to graph, one idea a file.

A pass never changes what the model computes, to the last bit.
"""
