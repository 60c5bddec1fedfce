"""The microcontrollers of the demonstration: their processes, their firmware, their chapters."""
