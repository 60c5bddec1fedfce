"""What pages draw of telemetry: incidents, devices over time, versions side by side. Plain data."""
