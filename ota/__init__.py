"""Releases and rollouts over the air."""
