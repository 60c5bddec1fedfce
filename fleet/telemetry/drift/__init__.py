"""Drift statistics on binned counts. Pure: NumPy and SciPy in, numbers and reasons out, one
statistic a file.
"""
