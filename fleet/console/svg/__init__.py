"""Pictures as text: pure functions from numbers to SVG, so that pages need no script to show them.

Guarantees: every text is escaped, every picture has a title that a screen reader can tell, colours
come from CSS classes (so that the dark theme works), and equal numbers give equal bytes.
"""
