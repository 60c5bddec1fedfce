"""A report becomes rows: its sequence, its clock, what is refused."""
