"""Files that survive a power cut, and the lock that one agent holds."""
