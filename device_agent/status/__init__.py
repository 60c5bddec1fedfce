"""What the agent reports about itself to a person at the device."""
