"""How an update reaches a device: forced or not, in which hours, and with whose consent. Pure."""
