"""What the agent tells of itself to whoever asks on the device."""
