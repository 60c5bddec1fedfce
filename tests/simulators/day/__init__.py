"""A fleet through a simulated day: the real engine, services and protocol, and what must hold."""
