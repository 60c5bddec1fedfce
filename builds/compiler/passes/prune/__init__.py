"""Channels that no output depends on are removed: filters, their inputs, and the memory between.

Networks that were trained with regularisation carry many filters that always give the same value.
What such a channel adds to the next layer is a constant, which goes into that layer's bias; the
sums stay the same integers.
"""

from builds.compiler.passes.prune.pass_ import prune_channels

__all__ = ["prune_channels"]
