"""What the agent remembers through a power cut: the update, the slots, the machine."""
