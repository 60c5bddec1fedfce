"""Inferences become windows of counts, kept until the service has them.

A window also carries gauges, numbers that a device measures of itself: `GaugeKind` in
`device_agent/protocol/frame.py`, shown on the device's page as they come. This agent measures its
memory (`device_agent/slot_runner.py`); chips measure more (`ef_tell` in
`device_agent/chip/recorder`).
"""
