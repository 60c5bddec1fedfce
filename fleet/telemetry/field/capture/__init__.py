"""Samples from devices, on a person's request and another's approval: asked, sealed, opened."""
