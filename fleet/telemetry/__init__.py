"""Metrics in, drift out.

`ingest` takes windows in, `judgement` and `drift` decide (pure), `monitor` keeps what was decided:
incidents, health, notifications and webhooks. `alerts` are people's rules over it, `field` what
devices are asked for beyond windows, `figures` what monitoring systems read, `replay` the same
judgement over recorded windows.
"""
