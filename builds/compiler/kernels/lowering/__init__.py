"""What every kernel needs to become calls: steps, names, windows, constants."""
