"""What operators of several rooms share: checks, moves, windows, tables, names."""
