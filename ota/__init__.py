"""Releases and rollouts: what the fleet may run, which devices get it when, and why it stopped."""
