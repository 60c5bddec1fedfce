"""What the library for chips costs: flash, RAM and instructions, beside what it may cost."""
