"""The agent as a gateway: microcontrollers behind it are devices of the fleet through it."""
