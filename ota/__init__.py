"""Releases and rollouts: what the fleet may run, who gets it when, and why it stopped."""
