"""The export for a board's model slot: an image, and what the firmware beside it is built with."""
