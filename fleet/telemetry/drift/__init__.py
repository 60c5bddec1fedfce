"""Drift statistics on binned counts. Pure: NumPy and SciPy in, numbers and reasons out, one
statistic a file.

They compare windows with what the training saw: `compare.py` joins them and says whether it is
drift, `verdict.py` is the same question for a whole rollout. A device against its own past, and
all that opens an incident in a fleet that once was well, is `fleet/telemetry/judgement`: there a
detector is a channel of `scores.py`.
"""
