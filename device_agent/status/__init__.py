"""What the agent reports about itself to a person at the device; nothing here reaches the service.

What the service is told are attributes, for what stays (`Agent.describe`, `device_agent/agent.py`),
and gauges, for what moves (`device_agent/telemetry`).
"""
