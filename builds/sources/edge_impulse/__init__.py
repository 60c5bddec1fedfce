"""Deployment archives of Edge Impulse: the network in them, byte for byte."""
