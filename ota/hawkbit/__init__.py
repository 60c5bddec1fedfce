"""A subset of hawkBit's Management API, so that its tools drive this service: off by default."""
