"""The rollout engine: dataclasses in, commands out; no clock, no database, no framework."""
