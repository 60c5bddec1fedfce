"""Where every tensor lies in the arena: lifetimes, overlaps, offsets, and the drawing of them."""
