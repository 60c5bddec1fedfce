"""What people ask of devices beyond their windows: challengers to run, samples to keep."""
