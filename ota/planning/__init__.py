"""Before a rollout: its devices, waves, bytes and times, and all of it in words. Afterwards: the
report.
"""
