"""The shipped judgement on recorded windows: `python -m fleet.telemetry.replay FOLDER [--json]`.

No database, no settings: a folder goes in, incidents and verdicts come out. The manual's page
"Replay" says what a folder holds.
"""
